import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCoin, IconLock, IconWallet } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { Entries } from "./entries.tsx";
import { Packages } from "./packages.tsx";
import { RechargeReturn } from "./recharge-return.tsx";
import { useWallet, type Wallet } from "./use-wallet.ts";
import classes from "./wallet.module.css";

/** What somebody has, how it came to be, and the way to more. Payment pages lead back here. */
export function WalletPage() {
	const { t } = useTranslation();
	const userId = useUserId();
	const openSignIn = useSignIn();
	usePageTitle(t("wallet.title"));
	if (userId === undefined) {
		return (
			<Empty
				icon={<IconWallet />}
				title={t("wallet.signInFirst")}
				text={t("wallet.signInText")}
				isPage
			>
				<Button onClick={openSignIn}>{t("account.signIn")}</Button>
			</Empty>
		);
	}
	// Nothing of one person stays on the page of another.
	return <OwnWallet key={userId} />;
}

function OwnWallet() {
	const { t } = useTranslation();
	const { data, error, refetch } = useWallet();
	const [search, setSearch] = useSearchParams();
	const rechargeId = search.get("recharge");
	return (
		<Stack gap="xl" className={classes.page ?? ""}>
			<Stack gap="sm">
				<Title order={1} size="h2">
					{t("wallet.title")}
				</Title>
				{rechargeId !== null && (
					<RechargeReturn
						key={rechargeId}
						id={rechargeId}
						close={() => setSearch({}, { replace: true })}
					/>
				)}
				{data && <Balance wallet={data} />}
				{!data &&
					(error ? (
						<LoadFailed error={error} retry={() => void refetch()} />
					) : (
						<Loading rows={1} height={96} />
					))}
			</Stack>
			<Packages />
			{data && <Entries hasIncome={data.income !== undefined} />}
		</Stack>
	);
}

function Balance({ wallet: { balance, held, frozen, income } }: { wallet: Wallet }) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<>
			{frozen && (
				<Alert color="yellow" icon={<IconLock aria-hidden />}>
					{t("wallet.frozen")}
				</Alert>
			)}
			<Paper withBorder p="md">
				<dl className={classes.sums}>
					<div>
						<Text component="dt" size="sm" c="dimmed">
							{t("wallet.balance")}
						</Text>
						<dd className={classes.sum} data-testid="balance">
							<Group gap={6} wrap="nowrap">
								<IconCoin size={28} aria-hidden />
								{format.exact(balance)}
							</Group>
							{held > 0 && (
								<Text size="sm" c="dimmed" title={t("wallet.heldHint")}>
									{t("wallet.held", { count: format.exact(held) })}
								</Text>
							)}
						</dd>
					</div>
					{income !== undefined && (
						<div>
							<Text component="dt" size="sm" c="dimmed">
								{t("wallet.income")}
							</Text>
							<dd className={classes.sum}>{format.exact(income)}</dd>
						</div>
					)}
				</dl>
			</Paper>
		</>
	);
}
