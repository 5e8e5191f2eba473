import { Alert, Group, Paper, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import { OrderAddress } from "./order-address.tsx";
import { OrderBadge } from "./order-badge.tsx";
import { OrderLines } from "./order-lines.tsx";
import { ShipmentOf } from "./order-shipment.tsx";
import { OrderSteps } from "./order-steps.tsx";
import { PayPanel } from "./pay-panel.tsx";
import type { Order } from "./use-orders.ts";

interface OrderViewProps {
	readonly order: Order;
	/** Over a show. */
	readonly staysHere?: boolean;
}

/** One order, whole, with what can be done about it. */
export function OrderView({ order, staysHere = false }: OrderViewProps) {
	const { t } = useTranslation();
	const { id, total, totalCoins, expiresAt, status } = order;
	const payable = { kind: "order", id, total, totalCoins, expiresAt } as const;
	return (
		<Stack gap="md">
			<div role="status">
				{status === "paid" && (
					<Alert color="teal" icon={<IconCircleCheck aria-hidden />}>
						<Text fw={700}>{t("order.thanks")}</Text>
						<Text size="sm">{t("order.thanksText")}</Text>
					</Alert>
				)}
			</div>
			{status === "unpaid" && <PayPanel payable={payable} staysHere={staysHere} />}
			<Paper withBorder p="md">
				<Sum order={order} />
			</Paper>
			<OrderAddress order={order} />
			<ShipmentOf order={order} />
			<Moments order={order} />
			<OrderSteps order={order} />
		</Stack>
	);
}

function Sum({ order }: { order: Order }) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<>
			<Group justify="space-between" mb="xs">
				<Text size="sm" c="dimmed">
					{t("order.number", { number: order.number })}
				</Text>
				<OrderBadge status={order.status} />
			</Group>
			<OrderLines lines={order.lines} />
			<Group justify="space-between" mt="xs">
				<Text fw={600}>{t("order.total")}</Text>
				<Text fw={700}>{format.money(order.total)}</Text>
			</Group>
			{order.paidBy === "coins" && (
				<Text size="sm" c="dimmed" ta="end">
					{t("wallet.coins", { count: format.exact(order.totalCoins) })}
				</Text>
			)}
		</>
	);
}

const moments = [
	"placedAt",
	"paidAt",
	"shippedAt",
	"receivedAt",
	"closedAt",
	"refundedAt"
] as const;

function Moments({ order }: { order: Order }) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<Stack gap={2}>
			{moments.map((name) => {
				const time = order[name];
				return (
					time && (
						<Group key={name} justify="space-between">
							<Text size="sm" c="dimmed">
								{t(`order.moment.${name}`)}
							</Text>
							<Text size="sm">{format.moment(time)}</Text>
						</Group>
					)
				);
			})}
			{order.closeReason && (
				<Text size="sm" c="dimmed">
					{t(`order.reason.${order.closeReason}`)}
				</Text>
			)}
		</Stack>
	);
}
