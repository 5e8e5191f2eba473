import { Group, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import classes from "./wallet.module.css";

type Entry = Returns<"wallets.entries">["items"][number];
type Account = "coins" | "income";

/** Every movement, the last one first. */
export function Entries({ hasIncome }: { hasIncome: boolean }) {
	const { t } = useTranslation();
	const [account, setAccount] = useState<Account>("coins");
	return (
		<Stack component="section" gap="sm" aria-labelledby="entries">
			<Group justify="space-between">
				<Title order={2} size="h4" id="entries">
					{t("wallet.entries")}
				</Title>
				{hasIncome && (
					<SegmentedControl
						aria-labelledby="entries"
						data={[
							{ value: "coins", label: t("wallet.ofCoins") },
							{ value: "income", label: t("wallet.ofIncome") }
						]}
						value={account}
						onChange={(next) => setAccount(next as Account)}
					/>
				)}
			</Group>
			<Pages key={account} account={account} />
		</Stack>
	);
}

function Pages({ account }: { account: Account }) {
	const { t } = useTranslation();
	const userId = useUserId();
	const query = useInfiniteQuery({
		queryKey: ["entries", userId, account],
		queryFn: ({ pageParam: cursor }) =>
			call("wallets.entries", { account, ...(cursor ? { cursor } : {}) }),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor
	});
	const { data, error, refetch } = query;
	if (!data)
		return error ? (
			<LoadFailed error={error} retry={() => void refetch()} />
		) : (
			<Loading rows={4} height={52} />
		);
	const items = data.pages.flatMap((page) => page.items);
	if (items.length === 0) {
		return (
			<Empty
				icon={<IconReceipt />}
				title={t("wallet.noEntries")}
				text={t("wallet.noEntriesText")}
			/>
		);
	}
	return (
		<>
			<Statement items={items} />
			<MoreButton pages={query} />
		</>
	);
}

function Statement({ items }: { items: readonly Entry[] }) {
	const { t } = useTranslation();
	return (
		<Table verticalSpacing="xs" aria-labelledby="entries">
			<Table.Thead>
				<Table.Tr>
					<Table.Th>{t("wallet.what")}</Table.Th>
					<Table.Th className={classes.amount}>{t("wallet.amount")}</Table.Th>
					<Table.Th className={classes.amount} visibleFrom="xs">
						{t("wallet.after")}
					</Table.Th>
				</Table.Tr>
			</Table.Thead>
			<Table.Tbody>
				{items.map((entry) => (
					<Row key={entry.id} entry={entry} />
				))}
			</Table.Tbody>
		</Table>
	);
}

function Row({ entry }: { entry: Entry }) {
	const { t } = useTranslation();
	const format = useFormat();
	const isIn = entry.amount > 0;
	const after = format.exact(entry.balanceAfter);
	return (
		<Table.Tr>
			<Table.Td>
				<Text size="sm">{kindText(t, entry)}</Text>
				<Text size="xs" c="dimmed">
					{format.moment(entry.at)}
				</Text>
				{/* Two columns of sums are too many for a phone. */}
				<Text size="xs" c="dimmed" hiddenFrom="xs">
					{t("wallet.after")}: {after}
				</Text>
			</Table.Td>
			<Table.Td className={classes.amount} data-in={isIn}>
				{isIn ? "+" : "−"}
				{format.exact(Math.abs(entry.amount))}
			</Table.Td>
			<Table.Td className={classes.amount} visibleFrom="xs">
				{after}
			</Table.Td>
		</Table.Tr>
	);
}

/** Newer kinds than this page knows of have a word too. */
function kindText(t: TFunction, { kind, amount }: Entry): string {
	switch (kind) {
		case "gift":
			return amount < 0 ? t("wallet.kind.giftSent") : t("wallet.kind.giftReceived");
		case "recharge":
		case "grant":
		case "correction":
		case "order":
		case "refund":
			return t(`wallet.kind.${kind}`);
		default:
			return t("wallet.kind.other");
	}
}
