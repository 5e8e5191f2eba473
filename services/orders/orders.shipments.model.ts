/** The table `orders_shipments`: how orders were sent, and which are awaited. */
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";

/** As its seller says; null where they did not. */
export interface Shipment {
	readonly carrier: string | null;
	readonly trackingNumber: string | null;
}

export async function insertShipment(
	tx: Transaction,
	orderId: string,
	{ carrier, trackingNumber, at }: Shipment & { readonly at: Date }
): Promise<void> {
	await tx.execute(
		`INSERT INTO orders_shipments (order_id, carrier, tracking_number, awaited_since)
			VALUES ${placeholders(1, 4)}`,
		[orderId, carrier, trackingNumber, at]
	);
}

/** It has come: nobody waits for it any more. */
export async function endWait(tx: Transaction, orderId: string): Promise<void> {
	await tx.execute("UPDATE orders_shipments SET awaited_since = NULL WHERE order_id = ?", [
		orderId
	]);
}

/** By order; those that were not sent are left out. */
export async function findShipments(
	db: Queryable,
	orderIds: readonly string[]
): Promise<Map<string, Shipment>> {
	if (orderIds.length === 0) return new Map();
	const rows = await db.query<{
		order_id: number;
		carrier: string | null;
		tracking_number: string | null;
	}>(
		`SELECT order_id, carrier, tracking_number FROM orders_shipments
			WHERE order_id IN ${placeholders(1, orderIds.length)}`,
		orderIds
	);
	return new Map(
		rows.map(({ order_id, carrier, tracking_number: trackingNumber }) => [
			String(order_id),
			{ carrier, trackingNumber }
		])
	);
}
