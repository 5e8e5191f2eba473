import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { connection } from "../chat/index.ts";

export type Order = Returns<"orders.get">;
export type OrderStatus = Order["status"];
export const orderStatuses: readonly OrderStatus[] = [
	...(["unpaid", "paid", "shipped", "received"] as const),
	...(["closed", "refunding", "refunded"] as const)
];

/** While a payment may come, somebody waits for it. */
const waitingMilliseconds = 2_000;

const isPassing = (status: OrderStatus): boolean => status === "unpaid" || status === "refunding";

export function useOrder(id: string) {
	const userId = useUserId();
	useOrderNews();
	return useQuery({
		queryKey: ["order", id, userId],
		queryFn: () => call("orders.get", { id }),
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
		queryFn: ({ pageParam: cursor }) =>
			call("orders.list", { ...(status ? { status } : {}), ...(cursor ? { cursor } : {}) }),
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
