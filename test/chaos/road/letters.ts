/** Whether everybody got, or can still get, what was for them alone. */
import type { Sql } from "../../../mixins/sql/index.ts";
import type { CrowdReport } from "../../../scripts/demo-crowd/crowd.ts";

/** Letters, and news of orders and coins, that are neither with their receiver nor in the inbox. */
export async function lostLetters(db: Sql, report: CrowdReport): Promise<string[]> {
	const waiting = await db.query<{ id: string; user_id: number; envelope: string }>(
		"SELECT id, user_id, envelope FROM im_router_inbox WHERE acked_at IS NULL"
	);
	const has = new Map(report.clients.map(({ userId }) => [userId, new Set<string>()]));
	const keep = (userId: string, id: string, body: Readonly<Record<string, unknown>>) => {
		const those = has.get(userId);
		those?.add(id);
		those?.add(`${body.type} ${body.orderId ?? body.rechargeId}`);
	};
	for (const { userId, letters } of report.clients) {
		for (const { id, body } of letters.values()) keep(userId, id, body);
	}
	for (const { id, user_id, envelope } of waiting) {
		keep(String(user_id), id, JSON.parse(envelope).body);
	}
	const due = [...report.told.map(({ id, to }) => [to, id] as const), ...(await newsOf(db))];
	return due.flatMap(([userId, word]) =>
		has.get(userId)?.has(word) === false ? [`${userId} never had ${word}`] : []
	);
}

/** What the platform had to tell: whose order was placed and paid, who got coins. */
async function newsOf(db: Sql): Promise<(readonly [userId: string, word: string])[]> {
	const orders = await db.query<{ id: number; user_id: number; paid_by: string | null }>(
		"SELECT id, user_id, paid_by FROM orders_orders"
	);
	const recharges = await db.query<{ id: number; user_id: number }>(
		"SELECT id, user_id FROM payments_intents WHERE purpose = 'recharge' AND status = 'succeeded'"
	);
	return [
		...orders.map(({ id, user_id }) => [String(user_id), `placed ${id}`] as const),
		...orders
			.filter(({ paid_by }) => paid_by !== null)
			.map(({ id, user_id }) => [String(user_id), `paid ${id}`] as const),
		...recharges.map(({ id, user_id }) => [String(user_id), `recharged ${id}`] as const)
	];
}
