import type { Payable } from "./pay-panel.tsx";
import type { Order } from "./use-orders.ts";

/** What is left to be paid of a checkout; undefined when nothing is. */
export function payableOf(checkoutId: string, orders: readonly Order[]): Payable | undefined {
	const unpaid = orders.filter(({ status }) => status === "unpaid");
	const [first] = unpaid;
	if (!first) return undefined;
	const { currency } = first.total;
	return {
		kind: "checkout",
		id: checkoutId,
		total: { amount: unpaid.reduce((sum, { total }) => sum + total.amount, 0), currency },
		totalCoins: unpaid.reduce((sum, { totalCoins }) => sum + totalCoins, 0),
		expiresAt: unpaid.map(({ expiresAt }) => expiresAt).sort()[0] ?? first.expiresAt
	};
}
