import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { connection } from "../chat/index.ts";

export const orderStatuses = [
	...(["unpaid", "paid", "shipped", "received"] as const),
	...(["closed", "refunding", "refunded"] as const)
];
export type OrderStatus = (typeof orderStatuses)[number];
export type Order = Returns<"orders.get"> & { readonly status: OrderStatus };

/** While a payment may come, somebody waits for it. */
const waitingMilliseconds = 2_000;

const isPassing = (status: OrderStatus): boolean => status === "unpaid" || status === "refunding";

export function useOrder(id: string) {
	const userId = useUserId();
	useOrderNews();
	return useQuery({
		queryKey: ["order", id, userId],
		queryFn: async () => (await call("orders.get", { id })) as Order,
		enabled: userId !== undefined,
		refetchInterval: ({ state: { data } }) =>
			data && isPassing(data.status) ? waitingMilliseconds : false
	});
}

/** @param isWaiting somebody comes from a payment page */
export function useOrders(status: OrderStatus | "", isWaiting: boolean) {
	const userId = useUserId();
	useOrderNews();
	return useInfiniteQuery({
		queryKey: ["orders", userId, status],
		queryFn: async ({ pageParam: cursor }) => {
			const filter = { ...(status ? { status } : {}), ...(cursor ? { cursor } : {}) };
			const { items, nextCursor } = await call("orders.list", filter);
			return { items: items as Order[], nextCursor };
		},
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor,
		enabled: userId !== undefined,
		refetchInterval: isWaiting ? waitingMilliseconds : false
	});
}

/** An order was paid, sent and so on: the socket tells its buyer. */
function useOrderNews(): void {
	const client = useQueryClient();
	useEffect(
		() =>
			connection.envelopes.on(({ kind }) => {
				if (kind !== "order") return;
				void client.invalidateQueries({ queryKey: ["order"] });
				void client.invalidateQueries({ queryKey: ["orders"] });
			}),
		[client]
	);
}
