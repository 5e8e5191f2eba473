import { Alert, Button, Group, Loader, Text } from "@mantine/core";
import { IconCheck, IconClock, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ApiError } from "../api/http.ts";
import { call, useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { LoadFailed, Loading } from "../shell/states.tsx";
import type { Recharge } from "./use-recharge.ts";
import { useWallet, useWalletChanges } from "./use-wallet.ts";
import classes from "./wallet.module.css";
import { wayBack } from "./way-back.ts";

interface RechargeReturnProps {
	readonly id: string;
	readonly close: () => void;
}

const quickTimes = 30;
const quickMilliseconds = 1_000;
const slowMilliseconds = 5_000;

const isOpen = (status: Recharge["status"]): boolean =>
	status === "created" || status === "pending" || status === "refunding";

/** What became of a purchase; asks until that is known. */
export function RechargeReturn({ id, close }: RechargeReturnProps) {
	const userId = useUserId();
	const { data, error, refetch } = useQuery({
		queryKey: ["recharge", id, userId],
		queryFn: () => call("payments.getRecharge", { id }),
		// Somebody may pay while this page lies behind the payment page.
		refetchOnWindowFocus: true,
		refetchInterval: ({ state }) => {
			if (isRefused(state.error) || (state.data && !isOpen(state.data.status))) return false;
			return state.dataUpdateCount < quickTimes ? quickMilliseconds : slowMilliseconds;
		}
	});
	useFreshWallet(data?.status);
	if (data) return <Outcome recharge={data} close={close} />;
	return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
}

const isRefused = (error: unknown): boolean =>
	error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

/** The balance that is shown was asked for before the coins came. */
function useFreshWallet(status: Recharge["status"] | undefined): void {
	const { isOld } = useWalletChanges();
	// biome-ignore lint/correctness/useExhaustiveDependencies: once for each status
	useEffect(() => {
		if (status === "succeeded") isOld();
	}, [status]);
}

function Outcome({ recharge, close }: { recharge: Recharge; close: () => void }) {
	const { t } = useTranslation();
	const format = useFormat();
	const { status, checkoutUrl } = recharge;
	const words = { count: format.exact(recharge.coins), price: format.money(recharge.price) };
	if (status === "succeeded") return <Succeeded count={words.count} close={close} />;
	if (status === "created" || status === "pending") {
		return (
			<Box color="blue" icon={<Loader size={20} aria-hidden />} title={t("wallet.waitingTitle")}>
				<Text size="sm">{t("wallet.waitingText", words)}</Text>
				<Group gap="xs" mt="xs">
					{checkoutUrl !== null && (
						<Button component="a" href={checkoutUrl} size="xs">
							{t("wallet.goOnPaying")}
						</Button>
					)}
					<Button size="xs" variant="default" onClick={close}>
						{t("wallet.notNow")}
					</Button>
				</Group>
			</Box>
		);
	}
	const [title, text] = (
		{
			failed: [t("wallet.failedTitle"), t("wallet.failedText")],
			expired: [t("wallet.expiredTitle"), t("wallet.expiredText")],
			refunding: [t("wallet.refundingTitle"), t("wallet.refundingText")],
			refunded: [t("wallet.refundedTitle"), t("wallet.refundingText")]
		} as const
	)[status];
	return (
		<Box
			color={status === "failed" ? "red" : "yellow"}
			icon={status === "failed" ? <IconX aria-hidden /> : <IconClock aria-hidden />}
			title={title}
		>
			<Text size="sm">{text}</Text>
			<Button size="xs" variant="default" mt="xs" onClick={close}>
				{t("app.close")}
			</Button>
		</Box>
	);
}

function Succeeded({ count, close }: { count: string; close: () => void }) {
	const { t } = useTranslation();
	const format = useFormat();
	const { data, isFetching } = useWallet();
	const back = wayBack();
	return (
		<Box
			color="green"
			icon={<IconCheck aria-hidden />}
			title={t("wallet.succeededTitle", { count })}
		>
			{/* One from before the purchase would be a lie. */}
			<Text size="sm">
				{data && !isFetching && t("wallet.succeededText", { balance: format.exact(data.balance) })}
			</Text>
			<Group gap="xs" mt="xs">
				{back !== undefined && (
					<Button component={Link} to={back} size="xs">
						{t("wallet.backToShow")}
					</Button>
				)}
				<Button size="xs" variant="default" onClick={close}>
					{t("wallet.done")}
				</Button>
			</Group>
		</Box>
	);
}

interface BoxProps {
	readonly color: string;
	readonly icon: ReactNode;
	readonly title: string;
	readonly children: ReactNode;
}

/** Changes are read out as they come. */
const Box = ({ children, ...rest }: BoxProps) => (
	<div role="status">
		<Alert variant="light" classNames={{ title: classes.outcome ?? "" }} {...rest} role="group">
			{children}
		</Alert>
	</div>
);
