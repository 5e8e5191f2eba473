import { Badge, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { errorText } from "../i18n/error-text.ts";
import { useFormat } from "../i18n/format.ts";
import { GoodPicture } from "./good-picture.tsx";
import { labelOf } from "./goods.ts";
import { Price } from "./price.tsx";
import { type Bought, useSalePurchase } from "./sale-purchase.ts";
import { type Phase, phaseOf, type Sale, saleToShow } from "./sales.ts";
import { countdownText } from "./server-time.ts";
import classes from "./shop.module.css";
import { type SalesNow, useNow, usePurchases } from "./use-sales.ts";

interface SaleCardsProps {
	readonly sales: SalesNow;
	readonly hostId: string;
	readonly openOrder: (orderId: string) => void;
}

/** The flash sale that matters now; nothing when there is none. */
export function SaleCards({ sales, ...rest }: SaleCardsProps) {
	const now = useNow(sales.time);
	const sale = saleToShow(sales.items, now);
	return sale ? <SaleCard key={sale.id} sale={sale} now={now} {...rest} /> : null;
}

interface SaleCardProps extends Omit<SaleCardsProps, "sales"> {
	readonly sale: Sale;
	/** The platform's time. */
	readonly now: number;
}

function SaleCard({ sale, now, ...rest }: SaleCardProps) {
	const { t } = useTranslation();
	const phase = phaseOf(sale, now);
	const variant = labelOf(sale);
	return (
		<section className={classes.sale} data-sale={phase} aria-label={t("sale.title")}>
			<Group gap="xs" justify="space-between" wrap="nowrap">
				<Badge leftSection={<IconBolt size={12} aria-hidden />} color="brand.7">
					{t("sale.title")}
				</Badge>
				<Countdown sale={sale} phase={phase} now={now} />
			</Group>
			<div className={classes.saleRow}>
				<GoodPicture url={sale.pictureUrl} size={56} />
				<Stack gap={2} className={classes.saleWords ?? ""}>
					<Text size="sm" fw={600} truncate className={classes.saleTitle ?? ""}>
						<bdi>{variant ? `${sale.title} · ${variant}` : sale.title}</bdi>
					</Text>
					<Price price={sale.price} listPrice={sale.listPrice} />
				</Stack>
				<Buy sale={sale} phase={phase} {...rest} />
			</div>
			<Left sale={sale} />
		</section>
	);
}

interface CountdownProps {
	readonly sale: Sale;
	readonly phase: Phase;
	readonly now: number;
}

function Countdown({ sale: { startsAt, endsAt }, phase, now }: CountdownProps) {
	const { t } = useTranslation();
	if (phase === "over") {
		return (
			<Text size="xs" c="dimmed">
				{t("sale.over")}
			</Text>
		);
	}
	const isSoon = phase === "soon";
	const time = countdownText(Date.parse(isSoon ? startsAt : endsAt) - now);
	return (
		<Text size="sm" fw={600} role="timer" className={classes.digits ?? ""}>
			{isSoon ? t("sale.startsIn", { time }) : t("sale.endsIn", { time })}
		</Text>
	);
}

function Left({ sale: { stock, limitPerUser } }: { sale: Sale }) {
	const { t } = useTranslation();
	const format = useFormat();
	const left = format.exact(stock.left);
	const initial = format.exact(stock.initial);
	return (
		<div className={classes.left}>
			<Progress
				value={stock.initial > 0 ? (100 * stock.left) / stock.initial : 0}
				size="sm"
				aria-label={t("sale.stockLabel")}
			/>
			<Group justify="space-between" gap="xs" mt={2}>
				<Text size="xs" className={classes.digits ?? ""}>
					{t("sale.left", { left, initial })}
				</Text>
				<Text size="xs" c="dimmed">
					{t("sale.limit", { count: limitPerUser })}
				</Text>
			</Group>
		</div>
	);
}

interface BuyProps extends Omit<SaleCardsProps, "sales"> {
	readonly sale: Sale;
	readonly phase: Phase;
}

function Buy({ sale, phase, hostId, openOrder }: BuyProps) {
	const { t } = useTranslation();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const purchases = usePurchases(sale.id);
	const onOutcome = ({ order }: Bought) => order && openOrder(order.id);
	const purchase = useSalePurchase(sale.id, onOutcome);
	const bought = purchases.data?.purchases.filter(({ released }) => !released) ?? [];
	const count = bought.reduce((sum, { quantity }) => sum + quantity, 0);
	const last = bought.at(-1);
	if (last && (count >= sale.limitPerUser || phase !== "open")) {
		return <Mine open={() => openOrder(last.order.id)} />;
	}
	const press = () => {
		if (userId === undefined) openSignIn();
		// It goes to the default address; the order asks for one where there is none.
		else purchase.mutate({ quantity: 1 });
	};
	const isOver = phase !== "open" || userId === hostId;
	return (
		<>
			<Button
				disabled={isOver && !purchase.isOpen}
				loading={purchase.isPending && phase === "open"}
				onClick={press}
			>
				{buttonText(t, { phase, isGuest: userId === undefined, isOpen: purchase.isOpen })}
			</Button>
			<Outcome purchase={purchase} phase={phase} />
		</>
	);
}

interface Seen {
	readonly phase: Phase;
	readonly isGuest: boolean;
	readonly isOpen: boolean;
}

function buttonText(t: ReturnType<typeof useTranslation>["t"], { phase, isGuest, isOpen }: Seen) {
	if (isOpen) return t("sale.askAgain");
	if (phase === "soon") return t("sale.soon");
	if (phase === "sold-out") return t("shop.soldOut");
	if (phase === "over") return t("sale.ended");
	return isGuest ? t("account.signIn") : t("sale.buy");
}

interface OutcomeProps {
	readonly purchase: ReturnType<typeof useSalePurchase>;
	readonly phase: Phase;
}

/** What became of the wish, also for those who listen. */
function Outcome({ purchase: { data, error, isBusy, isPending }, phase }: OutcomeProps) {
	const { t } = useTranslation();
	const text = () => {
		if (isPending) return isBusy ? t("sale.busy") : "";
		if (error) return errorText(t, error);
		if (data?.outcome === "sold-out") return t("sale.soldOut");
		if (data?.outcome === "limit-reached") return t("sale.limitReached");
		return data?.outcome === "not-open" && phase !== "open" ? t("sale.notOpen") : "";
	};
	return (
		<Text size="sm" fw={600} role="status" className={classes.outcome ?? ""}>
			{text()}
		</Text>
	);
}

function Mine({ open }: { open: () => void }) {
	const { t } = useTranslation();
	return (
		<>
			<Button color="teal.9" onClick={open}>
				{t("sale.order")}
			</Button>
			<Text size="sm" fw={600} role="status" className={classes.outcome ?? ""}>
				{t("sale.bought")}
			</Text>
		</>
	);
}
