/** How orders leave the service. */
import type { Static } from "../../lib/schemas.ts";
import type { AddressCopy, Order, OrderLine } from "./orders.model.ts";
import { confirmsAt, type Status } from "./orders.rules.ts";
import type { Order as OrderSchema } from "./orders.schemas.ts";
import type { Shipment } from "./orders.shipments.model.ts";

export type OrderView = Static<typeof OrderSchema>;

const timeOf = (at: Date | null): string | null => at?.toISOString() ?? null;

export const lineView = (line: OrderLine, currency: string): OrderView["lines"][number] => ({
	...{ skuId: line.skuId, productId: line.productId, roomId: line.roomId, title: line.title },
	...{ pictureUrl: line.pictureUrl, attributes: [...line.attributes], quantity: line.quantity },
	price: { amount: line.price, currency },
	amount: { amount: line.amount, currency }
});

export interface Around {
	readonly lines: readonly OrderLine[];
	readonly address: AddressCopy | null;
	readonly shipment: Shipment | null;
}

const confirmTime = ({ status, shippedAt }: Order): string | null =>
	status === "shipped" && shippedAt ? confirmsAt(shippedAt).toISOString() : null;

export const orderView = (order: Order, { lines, address, shipment }: Around): OrderView => ({
	...{ id: order.id, number: order.id, status: order.status, checkoutId: order.checkoutId },
	...{ buyerId: order.userId, sellerId: order.sellerId, totalCoins: order.totalCoins },
	total: { amount: order.total, currency: order.currency },
	lines: lines.map((line) => lineView(line, order.currency)),
	address,
	shipment,
	confirmsAt: confirmTime(order),
	paidBy: order.paidBy,
	closeReason: order.closeReason,
	placedAt: order.placedAt.toISOString(),
	expiresAt: order.expiresAt.toISOString(),
	paidAt: timeOf(order.paidAt),
	shippedAt: timeOf(order.shippedAt),
	receivedAt: timeOf(order.receivedAt),
	closedAt: timeOf(order.closedAt),
	refundedAt: timeOf(order.refundedAt)
});

const none = { unpaid: 0, paid: 0, shipped: 0, received: 0, closed: 0, refunding: 0, refunded: 0 };

export const countsOf = (found: ReadonlyMap<Status, number>): typeof none => ({
	...none,
	...Object.fromEntries(found)
});

/** A seller needs to know where to, and no sooner than there is something to send. */
export const showsAddress = ({ status }: Order): boolean =>
	status === "paid" || status === "shipped" || status === "received";
