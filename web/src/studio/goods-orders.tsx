import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { call, useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { OrderBadge } from "../orders/order-badge.tsx";
import type { Order } from "../orders/use-orders.ts";
import classes from "./goods.module.css";

/** A host watches the orders closely. */
const refetchMilliseconds = 3_000;
const shownMax = 6;

/** The last orders of the host's goods, as they come in. */
export function LastSales() {
	const { t } = useTranslation();
	const userId = useUserId();
	const { data } = useQuery({
		queryKey: ["sold", userId, "last"],
		queryFn: () => call("orders.sales", { limit: shownMax }),
		refetchInterval: refetchMilliseconds
	});
	return (
		<Paper withBorder p="md" component="section" aria-labelledby="last-sales">
			<Group justify="space-between" mb="sm">
				<Title order={2} size="h4" id="last-sales">
					{t("goods.orders")}
				</Title>
				<Button component={Link} to="/studio/orders" variant="default" size="xs">
					{t("goods.toSold")}
				</Button>
			</Group>
			{data?.items.length === 0 && (
				<Text size="sm" c="dimmed">
					{t("goods.ordersNone")}
				</Text>
			)}
			<ul className={classes.list}>
				{data?.items.map((order) => (
					<li key={order.id}>
						<SaleRow order={order} />
					</li>
				))}
			</ul>
		</Paper>
	);
}

function SaleRow({ order }: { order: Order }) {
	const format = useFormat();
	const words = order.lines.map(({ title, quantity }) => `${title} × ${quantity}`).join(", ");
	return (
		<>
			<Text size="sm" truncate>
				<bdi>{words}</bdi>
			</Text>
			<Group justify="space-between" gap={8}>
				<Text size="xs" c="dimmed">
					{format.moment(order.placedAt)}
				</Text>
				<Text size="sm" fw={600}>
					{format.money(order.total)}
				</Text>
				<OrderBadge status={order.status} />
			</Group>
		</>
	);
}
