import { useQueryClient } from "@tanstack/react-query";
import type { Returns } from "../api/client.ts";
import { call } from "../api/index.ts";
import { useKeyed } from "../orders/use-keyed.ts";

export type Bought = Returns<"flash-sales.buy">;

interface Wish {
	readonly quantity: number;
}

/** Buys in a flash sale; every press ends with an outcome, or with the word that none came. */
export function useSalePurchase(saleId: string, onOutcome: (bought: Bought) => void) {
	const client = useQueryClient();
	return useKeyed({
		send: (wish: Wish, key) => call("flash-sales.buy", { id: saleId, ...wish }, key),
		onSuccess: onOutcome,
		onSettled() {
			void client.invalidateQueries({ queryKey: ["sale", saleId] });
			void client.invalidateQueries({ queryKey: ["orders"] });
		}
	});
}
