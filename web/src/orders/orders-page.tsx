import { Anchor, Button, Group, NativeSelect, Paper, Stack, Text, Title } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useSearchParams } from "react-router";
import { useFormat } from "../i18n/format.ts";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { OrderBadge } from "./order-badge.tsx";
import { OrderLines } from "./order-lines.tsx";
import { PayPanel } from "./pay-panel.tsx";
import { payableOf } from "./payable.ts";
import { SignedIn } from "./signed-in.tsx";
import { type Order, type OrderStatus, orderStatuses, useOrders } from "./use-orders.ts";

/** Own orders; also where payment pages lead back to, with `?order=` or `?checkout=`. */
export function OrdersPage() {
	const { t } = useTranslation();
	const [query] = useSearchParams();
	const orderId = query.get("order");
	const checkoutId = query.get("checkout");
	usePageTitle(t("order.yours"));
	if (orderId !== null) return <Navigate to={`/orders/${encodeURIComponent(orderId)}`} replace />;
	return (
		<SignedIn>
			<Stack maw={640} mx="auto">
				<Title order={1} size="h2">
					{t("order.yours")}
				</Title>
				{checkoutId === null ? <AllOrders /> : <OneCheckout id={checkoutId} />}
			</Stack>
		</SignedIn>
	);
}

function AllOrders() {
	const { t } = useTranslation();
	const [status, setStatus] = useState<OrderStatus | "">("");
	const orders = useOrders(status, false);
	return (
		<>
			<NativeSelect
				aria-label={t("order.show")}
				value={status}
				data={[
					{ value: "", label: t("order.everything") },
					...orderStatuses.map((value) => ({ value, label: t(`order.status.${value}`) }))
				]}
				onChange={({ currentTarget: { value } }) => setStatus(value as OrderStatus | "")}
			/>
			<OrderList orders={orders} />
		</>
	);
}

/** The orders that were placed together, one per seller, and are paid together. */
function OneCheckout({ id }: { id: string }) {
	const { t } = useTranslation();
	const orders = useOrders("", true);
	const placed = orders.data?.pages
		.flatMap(({ items }) => items)
		.filter(({ checkoutId }) => checkoutId === id);
	const payable = placed && payableOf(id, placed);
	return (
		<>
			<Anchor component={Link} to="/orders" size="sm">
				{t("order.all")}
			</Anchor>
			{payable && <PayPanel payable={payable} />}
			<OrderList orders={orders} only={id} />
		</>
	);
}

interface OrderListProps {
	readonly orders: ReturnType<typeof useOrders>;
	/** Those of this checkout alone. */
	readonly only?: string;
}

function OrderList({ orders, only }: OrderListProps) {
	const { t } = useTranslation();
	const { data, error, refetch } = orders;
	if (!data)
		return error ? (
			<LoadFailed error={error} retry={() => void refetch()} />
		) : (
			<Loading rows={2} height={150} />
		);
	const shown = data.pages
		.flatMap(({ items }) => items)
		.filter(({ checkoutId }) => only === undefined || checkoutId === only);
	if (shown.length === 0) {
		return (
			<Empty icon={<IconReceipt />} title={t("order.none")} text={t("cart.emptyText")}>
				<Button component={Link} to="/" variant="light">
					{t("home.title")}
				</Button>
			</Empty>
		);
	}
	return (
		<>
			{shown.map((order) => (
				<OrderCard key={order.id} order={order} />
			))}
			{only === undefined && <MoreButton pages={orders} />}
		</>
	);
}

function OrderCard({ order }: { order: Order }) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<Paper withBorder p="md">
			<Group justify="space-between">
				<Text size="sm" c="dimmed">
					{format.moment(order.placedAt)}
				</Text>
				<OrderBadge status={order.status} />
			</Group>
			<OrderLines lines={order.lines} />
			<Group justify="space-between" mt="xs">
				<Text fw={700}>{format.money(order.total)}</Text>
				<Button
					component={Link}
					to={`/orders/${order.id}`}
					size="sm"
					variant={order.status === "unpaid" ? "filled" : "default"}
				>
					{order.status === "unpaid" ? t("order.payNow") : t("order.open")}
				</Button>
			</Group>
		</Paper>
	);
}
