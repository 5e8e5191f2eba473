import { Button, Group, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";
import { Confirm } from "../studio/confirm.tsx";
import { useWalletChanges } from "../wallet/use-wallet.ts";
import { useKeyed } from "./use-keyed.ts";
import type { Order } from "./use-orders.ts";

type Step = "orders.cancel" | "orders.confirm";

/** What its buyer can do with an order, besides paying. */
export function OrderSteps({ order }: { order: Order }) {
	const { t } = useTranslation();
	const [asks, { open, close }] = useDisclosure(false);
	const step = useStep(order);
	const canCancel = order.status === "unpaid" || order.status === "paid";
	if (!canCancel && order.status !== "shipped") return null;
	const isPaid = order.status === "paid";
	return (
		<Stack gap="xs">
			<FormError error={step.error} />
			<Group justify="flex-end">
				{canCancel && (
					<Button variant="default" loading={step.isPending} onClick={open}>
						{isPaid ? t("order.cancelPaid") : t("order.cancel")}
					</Button>
				)}
				{order.status === "shipped" && (
					<Button loading={step.isPending} onClick={() => step.mutate("orders.confirm")}>
						{t("order.confirm")}
					</Button>
				)}
			</Group>
			<Confirm
				opened={asks}
				title={t("order.cancelTitle")}
				text={isPaid ? t("order.cancelPaidText") : t("order.cancelText")}
				action={isPaid ? t("order.cancelPaid") : t("order.cancel")}
				onCancel={close}
				onConfirm={() => {
					close();
					step.mutate("orders.cancel");
				}}
			/>
		</Stack>
	);
}

function useStep({ id, buyerId }: Order) {
	const client = useQueryClient();
	const wallet = useWalletChanges();
	return useKeyed({
		send: (step: Step, key) => call(step, { id }, key),
		onSuccess: (order) => client.setQueryData(["order", id, buyerId], order),
		onSettled() {
			wallet.isOld();
			void client.invalidateQueries({ queryKey: ["order"] });
			void client.invalidateQueries({ queryKey: ["orders"] });
		}
	});
}
