import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Returns } from "../api/client.ts";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import type { Room } from "../room/status-badge.tsx";
import { MoreButton } from "../shell/more-button.tsx";
import { LoadFailed } from "../shell/states.tsx";
import { GiftIcon } from "./gift-icon.tsx";
import classes from "./income.module.css";
import { useGiftName } from "./use-gifts.ts";

const refetchMilliseconds = 4_000;

/** What the host earned in the show that is on, or was the last; and from whom. */
export function Income({ room }: { room: Pick<Room, "id" | "status"> }) {
	const { t } = useTranslation();
	const isOn = room.status === "live" || room.status === "paused";
	const refetchInterval = isOn ? refetchMilliseconds : false;
	const { data, error, refetch } = useQuery({
		queryKey: ["gift-total", room.id, room.status],
		queryFn: () => call("gifts.total", { id: room.id }),
		refetchInterval
	});
	return (
		<Paper withBorder p="md" component="section" aria-labelledby="income">
			<Group justify="space-between" mb="sm">
				<Title order={2} size="h4" id="income">
					{t("gifts.incomeTitle")}
				</Title>
				<Anchor component={Link} to="/wallet" size="sm">
					{t("gifts.toWallet")}
				</Anchor>
			</Group>
			{error && !data && <LoadFailed error={error} retry={() => void refetch()} />}
			{data && data.records === 0 && <Text c="dimmed">{t("gifts.incomeEmpty")}</Text>}
			{data && data.records > 0 && (
				<Stack gap="sm">
					<Sums total={data} />
					{/* Sums that grow are new lines: the statement is asked for again with them. */}
					<Statement roomId={room.id} sessionId={data.sessionId} records={data.records} />
				</Stack>
			)}
		</Paper>
	);
}

function Sums({ total }: { total: Returns<"gifts.total"> }) {
	const { t } = useTranslation();
	const format = useFormat();
	const rows = [
		[t("gifts.incomeOf"), total.hostCoins],
		[t("gifts.incomeGiven"), total.coins],
		[t("gifts.incomeCount"), total.records]
	] as const;
	return (
		<dl className={classes.sums}>
			{rows.map(([label, value]) => (
				<div key={label}>
					<Text component="dt" size="sm" c="dimmed">
						{label}
					</Text>
					<dd>{format.exact(value)}</dd>
				</div>
			))}
		</dl>
	);
}

interface StatementProps {
	readonly roomId: string;
	readonly sessionId: string | null;
	readonly records: number;
}

function Statement({ roomId, sessionId, records }: StatementProps) {
	const { t } = useTranslation();
	const query = useInfiniteQuery({
		queryKey: ["gift-statement", roomId, sessionId, records],
		queryFn: ({ pageParam: cursor }) =>
			call("gifts.statement", {
				id: roomId,
				limit: 10,
				...(sessionId ? { sessionId } : {}),
				...(cursor ? { cursor } : {})
			}),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor,
		placeholderData: (before) => before
	});
	const { data } = query;
	const items = data?.pages.flatMap((page) => page.items) ?? [];
	return (
		<div>
			<Text size="sm" fw={600} id="statement">
				{t("gifts.statement")}
			</Text>
			<ul className={classes.statement} aria-labelledby="statement">
				{items.map((item) => (
					<StatementLine key={item.id} item={item} />
				))}
			</ul>
			<MoreButton pages={query} size="compact-sm" mt="xs" mx={0} />
		</div>
	);
}

function StatementLine({ item }: { item: Returns<"gifts.statement">["items"][number] }) {
	const format = useFormat();
	const nameOf = useGiftName();
	return (
		<li>
			<GiftIcon icon={item.gift.icon} />
			<span className={classes.giver}>
				<Text span truncate>
					<bdi>{item.sender.nickname}</bdi>
				</Text>
				<Text span size="xs" c="dimmed">
					{nameOf(item.gift)} × {format.exact(item.count)} · {format.moment(item.at)}
				</Text>
			</span>
			<b>+{format.exact(item.hostCoins)}</b>
		</li>
	);
}
