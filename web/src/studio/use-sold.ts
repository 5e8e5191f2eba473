import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { useKeyed } from "../orders/use-keyed.ts";
import type { Order, OrderStatus } from "../orders/use-orders.ts";

/** Which of the orders that a seller got. */
export interface SoldFilter {
	/** Empty: of every state. */
	readonly status: OrderStatus | "";
	readonly flashSaleId?: string | undefined;
	readonly roomId?: string | undefined;
}

/** A seller who looks on sees orders come in. */
const refetchMilliseconds = 10_000;

export function useSold({ status, flashSaleId, roomId }: SoldFilter) {
	const userId = useUserId();
	return useInfiniteQuery({
		queryKey: ["sold", userId, status, flashSaleId, roomId],
		queryFn: ({ pageParam: cursor }) =>
			call("orders.sales", {
				...(status ? { status } : {}),
				...(flashSaleId ? { flashSaleId } : {}),
				...(roomId ? { roomId } : {}),
				...(cursor ? { cursor } : {})
			}),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor,
		refetchInterval: refetchMilliseconds
	});
}

export type SoldCounts = Returns<"orders.salesCounts">;

/** How many orders are in which state: of one flash sale, or of all. */
export function useSoldCounts(
	flashSaleId: string | undefined,
	refetchInterval: number = refetchMilliseconds
) {
	const userId = useUserId();
	return useQuery({
		queryKey: ["sold", userId, "counts", flashSaleId],
		queryFn: () => call("orders.salesCounts", flashSaleId ? { flashSaleId } : {}),
		refetchInterval
	});
}

/** Those that were not given up. */
export const standing = ({ unpaid, paid, shipped, received }: SoldCounts): number =>
	unpaid + paid + shipped + received;

export interface ShipWords {
	readonly carrier: string;
	readonly trackingNumber: string;
}

/** Marks an order as sent; once, however often it is asked. */
export function useShip({ id }: Pick<Order, "id">, onShipped: () => void) {
	const client = useQueryClient();
	return useKeyed({
		send: ({ carrier, trackingNumber }: ShipWords, key) =>
			call(
				"orders.ship",
				{
					id,
					...(carrier.trim() ? { carrier: carrier.trim() } : {}),
					...(trackingNumber.trim() ? { trackingNumber: trackingNumber.trim() } : {})
				},
				key
			),
		onSuccess: onShipped,
		onSettled: () => client.invalidateQueries({ queryKey: ["sold"] })
	});
}
