import { Anchor, Button, Group, Paper, Radio, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Money } from "../../../lib/money.ts";
import type { Returns } from "../api/client.ts";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { FormError } from "../shell/form-error.tsx";
import { useWallet, useWalletChanges } from "../wallet/use-wallet.ts";
import { useKeyed } from "./use-keyed.ts";

export interface Payable {
	readonly kind: "order" | "checkout";
	readonly id: string;
	readonly total: Money;
	readonly totalCoins: number;
	readonly expiresAt: string;
}

interface PayPanelProps {
	readonly payable: Payable;
	/** Over a show: the payment page opens beside it, and the video plays on. */
	readonly staysHere?: boolean;
}

/** With coins at once, or on the page of a provider. */
export function PayPanel({ payable, staysHere = false }: PayPanelProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const { data: wallet } = useWallet();
	const providers = useProviders();
	const [chosen, setProvider] = useState<string>();
	const canCoins = (wallet?.balance ?? 0) - (wallet?.held ?? 0) >= payable.totalCoins;
	const provider = chosen ?? (canCoins ? "coins" : (providers[0] ?? "coins"));
	const { pay, page } = usePay(payable, staysHere);
	return (
		<Paper withBorder p="md">
			<Stack gap="sm">
				<Group justify="space-between">
					<Text fw={600}>{t("order.toPay")}</Text>
					<Text fw={700}>{format.money(payable.total)}</Text>
				</Group>
				<Text size="sm" c="dimmed">
					{t("order.payUntil", { time: format.moment(payable.expiresAt) })}
				</Text>
				<Radio.Group label={t("wallet.provider")} value={provider} onChange={setProvider}>
					<Stack gap="xs" mt="xs">
						<CoinsRadio payable={payable} balance={wallet?.balance} canPay={canCoins} />
						{providers.map((name) => (
							<Radio key={name} value={name} label={<ProviderName name={name} />} />
						))}
					</Stack>
				</Radio.Group>
				<FormError error={pay.error} />
				{page === undefined ? (
					<Button
						size="md"
						loading={pay.isPending}
						disabled={provider === "coins" && !canCoins}
						onClick={() => pay.mutate({ provider, tab: tabFor(provider, staysHere) })}
					>
						{t("order.pay", { total: format.money(payable.total) })}
					</Button>
				) : (
					<Waiting page={page} />
				)}
			</Stack>
		</Paper>
	);
}

/** Opened by the press itself: a browser refuses what comes after an answer. */
const tabFor = (provider: string, staysHere: boolean): Window | null =>
	staysHere && provider !== "coins" ? window.open("about:blank", "_blank") : null;

function useProviders(): readonly string[] {
	const { data } = useQuery({
		queryKey: ["packages"],
		queryFn: () => call("payments.packages", {}),
		staleTime: 60_000
	});
	return data?.providers ?? [];
}

function ProviderName({ name }: { name: string }) {
	const { t } = useTranslation();
	if (name === "sandbox") return t("wallet.sandbox");
	return name === "stripe" ? t("wallet.stripe") : <bdi>{name}</bdi>;
}

interface CoinsRadioProps {
	readonly payable: Payable;
	readonly balance: number | undefined;
	readonly canPay: boolean;
}

function CoinsRadio({ payable, balance, canPay }: CoinsRadioProps) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<div>
			<Radio
				value="coins"
				disabled={!canPay}
				label={t("wallet.coins", { count: format.exact(payable.totalCoins) })}
				description={balance !== undefined && t("order.balance", { count: format.exact(balance) })}
			/>
			{balance !== undefined && !canPay && (
				<Anchor component={Link} to="/wallet" size="sm" ml={32}>
					{t("wallet.recharge")}
				</Anchor>
			)}
		</div>
	);
}

/** The provider's word comes to the platform, not to this page. */
function Waiting({ page }: { page: string }) {
	const { t } = useTranslation();
	return (
		<Stack gap="xs" role="status">
			<Text size="sm">{t("order.waiting")}</Text>
			<Button component="a" href={page} target="_blank" rel="noopener" variant="light">
				{t("wallet.goOnPaying")}
			</Button>
		</Stack>
	);
}

interface Wish {
	readonly provider: string;
}

type Payment = Returns<"orders.pay">;

function usePay({ kind, id }: Payable, staysHere: boolean) {
	const client = useQueryClient();
	const wallet = useWalletChanges();
	const [page, setPage] = useState<string>();
	const keyed = useKeyed<Wish, Payment>({
		send: ({ provider }, key) =>
			call(kind === "order" ? "orders.pay" : "orders.payCheckout", { id, provider }, key),
		onSettled() {
			wallet.isOld();
			void client.invalidateQueries({ queryKey: ["order"] });
			void client.invalidateQueries({ queryKey: ["orders"] });
		}
	});
	const mutate = ({ provider, tab }: Wish & { tab: Window | null }) =>
		keyed.mutate(
			{ provider },
			{
				onSuccess: ({ checkoutUrl }) => {
					if (checkoutUrl === null) tab?.close();
					else if (!staysHere) location.assign(checkoutUrl);
					else {
						setPage(checkoutUrl);
						lead(tab, checkoutUrl);
					}
				},
				onError: () => tab?.close()
			}
		);
	return { pay: { ...keyed, mutate }, page };
}

/** The page of others learns nothing of this one. */
function lead(tab: Window | null, url: string): void {
	if (!tab) return;
	tab.opener = null;
	tab.location.replace(url);
}
