import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { IconTruckDelivery } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import { AddressWords } from "../orders/order-address.tsx";
import { OrderBadge } from "../orders/order-badge.tsx";
import { OrderLines } from "../orders/order-lines.tsx";
import { ShipmentOf } from "../orders/order-shipment.tsx";
import type { Order } from "../orders/use-orders.ts";

interface SoldOrderProps {
	readonly order: Order;
	readonly ship: () => void;
}

/** An order as its seller sees it: what, where to, and the way to say that it is sent. */
export function SoldOrder({ order, ship }: SoldOrderProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const isToShip = order.status === "paid";
	return (
		<Paper withBorder p="md">
			<Stack gap="xs">
				<Group justify="space-between">
					<Text size="sm" c="dimmed">
						{format.moment(order.placedAt)} · {t("order.number", { number: order.number })}
					</Text>
					<OrderBadge status={order.status} />
				</Group>
				<OrderLines lines={order.lines} />
				<Group justify="space-between">
					<Text fw={600}>{t("order.total")}</Text>
					<Text fw={700}>{format.money(order.total)}</Text>
				</Group>
				{order.address && <AddressWords address={order.address} />}
				<ShipmentOf order={order} />
				{isToShip && !order.address && <Text size="sm">{t("goods.shipNowhere")}</Text>}
				{isToShip && (
					<Button
						leftSection={<IconTruckDelivery size={18} aria-hidden />}
						aria-label={t("goods.shipOf", { number: order.number })}
						disabled={!order.address}
						onClick={ship}
					>
						{t("goods.ship")}
					</Button>
				)}
			</Stack>
		</Paper>
	);
}
