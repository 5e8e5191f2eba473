import { Group, Paper, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import classes from "../shop/shop.module.css";
import type { Order } from "./use-orders.ts";

/** How it was sent, and until when it is waited for; nothing before that. */
export function ShipmentOf({ order }: { order: Pick<Order, "shipment" | "confirmsAt"> }) {
	const { t } = useTranslation();
	const format = useFormat();
	const { shipment, confirmsAt } = order;
	const { carrier = null, trackingNumber = null } = shipment ?? {};
	if (carrier === null && trackingNumber === null && confirmsAt === null) return null;
	return (
		<Paper withBorder p="md">
			<Text fw={600} mb={4}>
				{t("order.shipment")}
			</Text>
			<Stack gap={2}>
				<Part label={t("order.carrier")} text={carrier} />
				<Part label={t("order.trackingNumber")} text={trackingNumber} />
			</Stack>
			{confirmsAt && (
				<Text size="sm" c="dimmed" mt={4}>
					{t("order.confirmsAt", { time: format.moment(confirmsAt) })}
				</Text>
			)}
		</Paper>
	);
}

function Part({ label, text }: { label: string; text: string | null }) {
	if (text === null) return null;
	return (
		<Group justify="space-between" gap="xs" align="baseline">
			<Text size="sm" c="dimmed">
				{label}
			</Text>
			<Text size="sm" className={classes.words ?? ""}>
				<bdi>{text}</bdi>
			</Text>
		</Group>
	);
}
