import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { OrderStatus } from "./use-orders.ts";

const colors: Readonly<Record<OrderStatus, string>> = {
	unpaid: "yellow.6",
	paid: "teal.9",
	shipped: "blue.8",
	received: "gray.7",
	closed: "gray.7",
	refunding: "grape.8",
	refunded: "gray.7"
};

export function OrderBadge({ status }: { status: OrderStatus }) {
	const { t } = useTranslation();
	return (
		<Badge autoContrast color={colors[status]}>
			{t(`order.status.${status}`)}
		</Badge>
	);
}
