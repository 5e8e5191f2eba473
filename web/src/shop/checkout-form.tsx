import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Params, Returns } from "../api/client.ts";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { OrderLines } from "../orders/order-lines.tsx";
import { useKeyed } from "../orders/use-keyed.ts";
import { FormError } from "../shell/form-error.tsx";
import { LoadFailed, Loading } from "../shell/states.tsx";
import { AddressChoice } from "./address-choice.tsx";
import { useAddresses } from "./use-addresses.ts";
import { cartKey } from "./use-cart.ts";

export type Items = Params<"orders.place">["items"];
export type Placed = Returns<"orders.place">;

interface CheckoutFormProps {
	readonly items: Items;
	readonly onPlaced: (placed: Placed) => void;
}

/** What it comes to by the platform's word, where it goes, and the button that orders it. */
export function CheckoutForm({ items, onPlaced }: CheckoutFormProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const addresses = useAddresses();
	const [chosen, setChosen] = useState<string>();
	const quote = useQuote(items);
	const place = usePlace(onPlaced);
	const addressId = chosen ?? addresses.data?.[0]?.id;
	const total = quote.data && format.money(quote.data.total);
	return (
		<Stack gap="md">
			<AddressChoice value={addressId} onChange={setChosen} />
			{!quote.data &&
				(quote.error ? (
					<LoadFailed error={quote.error} retry={() => void quote.refetch()} />
				) : (
					<Loading rows={1} height={140} />
				))}
			{quote.data && (
				<Paper withBorder p="md">
					<OrderLines lines={quote.data.items.flatMap(({ lines }) => lines)} />
					{quote.data.items.length > 1 && (
						<Text size="sm" c="dimmed">
							{t("checkout.sellers", { count: quote.data.items.length })}
						</Text>
					)}
					<Group justify="space-between" mt="xs">
						<Text fw={600}>{t("order.total")}</Text>
						<Text fw={700}>{total}</Text>
					</Group>
				</Paper>
			)}
			<FormError error={place.error ?? (quote.data && quote.error)} />
			<Button
				size="md"
				disabled={!quote.data || addressId === undefined}
				loading={place.isPending}
				onClick={() => addressId !== undefined && place.mutate({ items, addressId })}
			>
				{total === undefined ? t("checkout.place") : t("checkout.placeFor", { total })}
			</Button>
			<Text size="xs" c="dimmed">
				{t("checkout.note")}
			</Text>
		</Stack>
	);
}

const useQuote = (items: Items) =>
	useQuery({
		queryKey: ["quote", items],
		queryFn: () => call("orders.quote", { items }),
		gcTime: 0
	});

function usePlace(onPlaced: (placed: Placed) => void) {
	const client = useQueryClient();
	return useKeyed({
		send: (wish: Params<"orders.place">, key) => call("orders.place", wish, key),
		onSuccess(placed: Placed) {
			for (const order of placed.items) {
				client.setQueryData(["order", order.id, order.buyerId], order);
			}
			onPlaced(placed);
		},
		onSettled() {
			void client.invalidateQueries({ queryKey: ["quote"] });
			void client.invalidateQueries({ queryKey: ["orders"] });
			void client.invalidateQueries({ queryKey: cartKey(undefined).slice(0, 1) });
			void client.invalidateQueries({ queryKey: ["goods"] });
		}
	});
}
