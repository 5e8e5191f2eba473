/** Orders as somebody sees them, with their goods, addresses and shipments. */
import { limits } from "../../config/limits.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { listOrders, type OrderQuery } from "./orders.lists.model.ts";
import { findCheckouts, findLines, findOrder, type Order } from "./orders.model.ts";
import { findShipments } from "./orders.shipments.model.ts";
import { type OrderView, orderView, showsAddress } from "./orders.view.ts";

/** `viewerId`: sellers see no address before there is something to send. */
export async function showOrders(
	db: Sql,
	found: readonly Order[],
	viewerId: string
): Promise<OrderView[]> {
	const ids = found.map(({ id }) => id);
	const [lines, checkouts, shipments] = await Promise.all([
		findLines(db, ids),
		findCheckouts(db, [...new Set(found.map(({ checkoutId }) => checkoutId))]),
		findShipments(db, ids)
	]);
	return found.map((order) => {
		const isShown = order.userId === viewerId || showsAddress(order);
		const address = order.address ?? checkouts.get(order.checkoutId)?.address ?? null;
		return orderView(order, {
			lines: lines.get(order.id) ?? [],
			address: isShown ? address : null,
			shipment: shipments.get(order.id) ?? null
		});
	});
}

/** Throws NOT_FOUND. */
export async function showOrder(db: Sql, id: string, viewerId: string): Promise<OrderView> {
	const order = await findOrder(db, id);
	const [view] = order ? await showOrders(db, [order], viewerId) : [];
	if (!view) throw commonErrors.NOT_FOUND();
	return view;
}

type Wanted = Omit<OrderQuery, "before" | "limit"> & {
	readonly cursor?: string | undefined;
	readonly limit?: number | undefined;
};

/** One page of somebody's own orders or sales. */
export async function showPage(db: Sql, wanted: Wanted, viewerId: string) {
	const { cursor, limit = limits.pageItemsDefault, ...query } = wanted;
	const before = cursor === undefined ? undefined : decodeCursor(cursor, ["number", "string"]);
	const found = await listOrders(db, { ...query, before, limit: limit + 1 });
	const { items, nextCursor } = pageOf(found, limit, ({ placedAt, id }) => [
		placedAt.getTime(),
		id
	]);
	return { items: await showOrders(db, items, viewerId), nextCursor };
}
