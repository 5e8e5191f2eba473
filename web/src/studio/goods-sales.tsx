import {
	Anchor,
	Badge,
	Button,
	Group,
	Modal,
	Paper,
	Progress,
	Stack,
	Text,
	Title
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBolt } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import type { Room } from "../room/status-badge.tsx";
import { FormError } from "../shell/form-error.tsx";
import { LoadFailed, Loading } from "../shell/states.tsx";
import { labelOf } from "../shop/goods.ts";
import { phaseOf, type Sale } from "../shop/sales.ts";
import { countdownText } from "../shop/server-time.ts";
import { useGoods } from "../shop/use-goods.ts";
import { type SalesNow, useNow, useSales } from "../shop/use-sales.ts";
import { Confirm } from "./confirm.tsx";
import classes from "./goods.module.css";
import { SaleForm } from "./goods-sale-form.tsx";
import { standing, useSoldCounts } from "./use-sold.ts";

/** Flash sales: start one, watch its numbers, end it. */
export function RoomSales({ room }: { room: Room }) {
	const { t } = useTranslation();
	const sales = useSales(room.id, true);
	const goods = useGoods(room.id, true);
	const [makes, { open, close }] = useDisclosure(false);
	const onSale = goods.data?.items.filter((good) => good.onSale) ?? [];
	const isOn = room.status === "live" || room.status === "paused";
	const reason = !isOn
		? t("goods.saleNeedsLive")
		: goods.data && onSale.length === 0 && t("goods.saleNeedsGoods");
	return (
		<Paper withBorder p="md" component="section" aria-labelledby="room-sales">
			<Group justify="space-between" mb="sm">
				<Title order={2} size="h4" id="room-sales">
					{t("goods.sale")}
				</Title>
				<Button
					size="xs"
					leftSection={<IconBolt size={16} aria-hidden />}
					disabled={!!reason || !sales.data}
					onClick={open}
				>
					{t("goods.saleStart")}
				</Button>
			</Group>
			{reason && (
				<Text size="sm" c="dimmed">
					{reason}
				</Text>
			)}
			{sales.data && <List sales={sales.data} />}
			{!sales.data &&
				(sales.error ? (
					<LoadFailed error={sales.error} retry={() => void sales.refetch()} />
				) : (
					<Loading />
				))}
			<Modal
				opened={makes}
				onClose={close}
				title={t("goods.saleStart")}
				closeButtonProps={{ "aria-label": t("app.close") }}
			>
				{sales.data && (
					<SaleForm roomId={room.id} goods={onSale} time={sales.data.time} onStarted={close} />
				)}
			</Modal>
		</Paper>
	);
}

const shownMax = 5;

function List({ sales }: { sales: SalesNow }) {
	const { t } = useTranslation();
	const now = useNow(sales.time);
	if (sales.items.length === 0) {
		return (
			<Text size="sm" c="dimmed">
				{t("goods.saleNone")}
			</Text>
		);
	}
	return (
		<ul className={classes.list}>
			{sales.items.slice(0, shownMax).map((sale) => (
				<li key={sale.id} className={classes.item}>
					<Row sale={sale} now={now} />
				</li>
			))}
		</ul>
	);
}

function Row({ sale, now }: { sale: Sale; now: number }) {
	const { t } = useTranslation();
	const format = useFormat();
	const phase = phaseOf(sale, now);
	const { stock, status, startsAt, endsAt } = sale;
	const shown = { soon: "scheduled", open: "open", "sold-out": "open", over: "closed" } as const;
	const word = status === "cancelled" ? status : shown[phase];
	const variant = labelOf(sale);
	const end = phase === "soon" ? startsAt : endsAt;
	return (
		<>
			<Group justify="space-between" wrap="nowrap">
				<Text size="sm" fw={600} truncate>
					<bdi>{variant ? `${sale.title} · ${variant}` : sale.title}</bdi>
				</Text>
				<Badge color={word === "open" ? "teal.9" : "gray.7"}>{t(`goods.saleStatus.${word}`)}</Badge>
			</Group>
			<Group justify="space-between">
				<Text size="sm">{format.money(sale.price)}</Text>
				{phase !== "over" && (
					<Text size="sm" role="timer">
						{t(phase === "soon" ? "sale.startsIn" : "sale.endsIn", {
							time: countdownText(Date.parse(end) - now)
						})}
					</Text>
				)}
			</Group>
			<Progress
				mt={6}
				value={stock.initial > 0 ? (100 * stock.left) / stock.initial : 0}
				aria-label={t("sale.stockLabel")}
			/>
			<dl className={classes.numbers}>
				<Figure label={t("goods.saleLeft")} value={format.exact(stock.left)} />
				<Figure label={t("goods.saleSold")} value={format.exact(stock.sold)} />
				<Figure label={t("goods.saleUnits")} value={format.exact(stock.initial)} />
				<OrdersOf sale={sale} isOver={phase === "over"} />
			</dl>
			{phase !== "over" && <End sale={sale} isSoon={phase === "soon"} />}
		</>
	);
}

function Figure({ label, value }: { label: string; value: string }) {
	return (
		<div>
			<dt>{label}</dt>
			<dd>{value}</dd>
		</div>
	);
}

/** A host watches the numbers closely while the sale is on; payments come in after it, too. */
const countMilliseconds = { on: 3_000, over: 15_000 } as const;

/** How many orders it brought, and the way to them. */
function OrdersOf({ sale: { id }, isOver }: { sale: Sale; isOver: boolean }) {
	const { t } = useTranslation();
	const format = useFormat();
	const { data } = useSoldCounts(id, isOver ? countMilliseconds.over : countMilliseconds.on);
	if (!data) return <Figure label={t("goods.saleOrders")} value="…" />;
	return (
		<div>
			<dt>{t("goods.saleOrders")}</dt>
			<dd>
				<Anchor component={Link} to={`/studio/orders?sale=${id}`} inherit>
					{format.exact(standing(data))}
				</Anchor>
			</dd>
		</div>
	);
}

function End({ sale: { id, roomId }, isSoon }: { sale: Sale; isSoon: boolean }) {
	const { t } = useTranslation();
	const client = useQueryClient();
	const [asks, { open, close }] = useDisclosure(false);
	const end = useMutation({
		mutationFn: () => call(isSoon ? "flash-sales.cancel" : "flash-sales.close", { id }),
		onSettled: () => client.invalidateQueries({ queryKey: ["sales", roomId] })
	});
	const action = isSoon ? t("goods.saleCancel") : t("goods.saleClose");
	return (
		<Stack gap="xs" align="flex-end">
			<FormError error={end.error} />
			<Button variant="light" color="red" size="xs" loading={end.isPending} onClick={open}>
				{action}
			</Button>
			<Confirm
				opened={asks}
				title={t("goods.saleEndTitle")}
				text={t("goods.saleEndText")}
				action={action}
				onCancel={close}
				onConfirm={() => {
					close();
					end.mutate();
				}}
			/>
		</Stack>
	);
}
