import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Money } from "../../../lib/money.ts";
import { call } from "../api/index.ts";
import type { Goods } from "../shop/goods.ts";

/** What a host does to the goods of a room; every answer is the list as it is then. */
export function useGoodsChanges(roomId: string) {
	const client = useQueryClient();
	const queryKey = ["goods", roomId];
	const change = useMutation({
		// One after the other: an older answer must not come last.
		scope: { id: `goods ${roomId}` },
		mutationFn: (work: () => Promise<Goods | undefined>) => work(),
		onSuccess: (goods) => goods && client.setQueryData(queryKey, goods),
		onSettled: () => client.invalidateQueries({ queryKey })
	});
	const id = roomId;
	return {
		error: change.error,
		isPending: change.isPending,
		add: (skuId: string) => change.mutate(() => call("room-products.add", { id, skuId })),
		move: (skuId: string, position: number) =>
			change.mutate(() => call("room-products.update", { id, skuId, position })),
		/** Null: as everywhere. */
		price: (skuId: string, price: Money | null) =>
			change.mutate(() => call("room-products.update", { id, skuId, price })),
		remove: (skuId: string) => change.mutate(() => call("room-products.remove", { id, skuId })),
		/** Null: nothing is explained. */
		pin: (skuId: string | null) =>
			change.mutate(async () => {
				await call("room-products.pin", { id, skuId });
				return undefined;
			})
	};
}

export type GoodsChanges = ReturnType<typeof useGoodsChanges>;
