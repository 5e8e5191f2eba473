import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { AddressWords } from "../orders/order-address.tsx";
import type { Order } from "../orders/use-orders.ts";
import { FormError } from "../shell/form-error.tsx";
import { useShip } from "./use-sold.ts";

interface ShipFormProps {
	readonly order: Order;
	readonly onShipped: () => void;
	readonly cancel: () => void;
}

/** With whom it was sent and under which number; neither has to be said. */
export function ShipForm({ order, onShipped, cancel }: ShipFormProps) {
	const { t } = useTranslation();
	const form = useForm({ initialValues: { carrier: "", trackingNumber: "" } });
	const ship = useShip(order, onShipped);
	return (
		<form onSubmit={form.onSubmit((words) => ship.mutate(words))} noValidate>
			<Stack gap="sm">
				{order.address && <AddressWords address={order.address} />}
				<TextInput
					label={t("goods.carrier")}
					maxLength={limits.orderCarrierCharactersMax}
					{...form.getInputProps("carrier")}
				/>
				<TextInput
					label={t("goods.trackingNumber")}
					maxLength={limits.orderTrackingNumberCharactersMax}
					{...form.getInputProps("trackingNumber")}
				/>
				<Text size="sm" c="dimmed">
					{t("goods.shipHint", { count: limits.orderConfirmDays })}
				</Text>
				<FormError error={ship.error} />
				<Group justify="flex-end">
					<Button variant="default" onClick={cancel}>
						{t("app.cancel")}
					</Button>
					<Button type="submit" loading={ship.isPending}>
						{t("goods.ship")}
					</Button>
				</Group>
			</Stack>
		</form>
	);
}
