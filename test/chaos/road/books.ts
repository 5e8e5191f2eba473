/** Whether the books and what clients were told are the same story; each check names faults. */
import type { Sql } from "../../../mixins/sql/index.ts";
import type { CrowdReport } from "../../../scripts/demo-crowd/crowd.ts";
import type { Intent } from "../../../scripts/demo-crowd/scene.ts";
import type { Kind } from "../../../scripts/demo-crowd/tally.ts";

interface Row extends Record<string, unknown> {
	readonly name: string;
	readonly reference: string;
}

/** What stands in the tables by its name, and how often: a name that stands twice is a fault. */
class Book {
	readonly #rows = new Map<string, string[]>();

	constructor(rows: readonly Row[]) {
		for (const { name, reference } of rows) {
			this.#rows.set(String(name), [...this.get(String(name)), String(reference)]);
		}
	}

	get size(): number {
		return [...this.#rows.values()].reduce((sum, { length }) => sum + length, 0);
	}

	get(name: string): readonly string[] {
		return this.#rows.get(name) ?? [];
	}
}

const bookOf = async (db: Sql, columns: string, rest: string): Promise<Book> =>
	new Book(await db.query<Row>(`SELECT ${columns} FROM ${rest}`));

interface Told {
	readonly intent: Intent;
	/** `user:key`. */
	readonly name: string;
	readonly result: Readonly<Record<string, unknown>> | undefined;
}

const toldOf = ({ intents }: CrowdReport, kind: Kind): Told[] =>
	intents
		.filter((intent) => intent.kind === kind)
		.map((intent) => {
			const { answer, personId, request } = intent;
			const result = answer?.outcome === "done" ? (answer.result as Told["result"]) : undefined;
			return { intent, name: `${personId}:${request.key}`, result };
		});

/** Each intent stands in the book once, as its answer said, or not at all where it was refused. */
function compare(
	what: string,
	told: readonly (Pick<Told, "name"> & { readonly reference: string | undefined })[],
	book: Book
): string[] {
	const wrong = told.flatMap(({ name, reference }) => {
		const found = book.get(name).join();
		return found === (reference ?? "") ? [] : [`${what} ${name}: told ${reference}, is ${found}`];
	});
	const known = told.filter(({ reference }) => reference !== undefined).length;
	if (book.size !== known) wrong.push(`${what}: ${known} were told, ${book.size} stand there`);
	return wrong;
}

const byKey = "user_id, ':', ";

/** Gifts: told, recorded and paid once each. */
export async function giftFaults(db: Sql, report: CrowdReport): Promise<string[]> {
	const told = toldOf(report, "gift").map(({ name, result }) => ({
		...{ name, reference: result && String(result.id) }
	}));
	const records = `CONCAT(${byKey}intent_key) AS name, id AS reference`;
	const transfers = "SUBSTRING(intent, 6) AS name, reference";
	return [
		...compare("gift", told, await bookOf(db, records, "gifts_records")),
		...compare(
			"transfer of gift",
			told,
			await bookOf(db, transfers, "wallets_transfers WHERE kind = 'gift'")
		)
	];
}

/** Recharges: each that was paid at the provider gave its coins once. */
export async function rechargeFaults(db: Sql, report: CrowdReport): Promise<string[]> {
	const told = toldOf(report, "recharge").map(({ name, result }) => ({
		...{ name, reference: result && String(result.id) }
	}));
	const intents = `CONCAT(${byKey}request_key) AS name, id AS reference`;
	const credits = told.flatMap(({ reference = "" }) =>
		reference === "" ? [] : [{ name: reference, reference }]
	);
	return [
		...compare(
			"recharge",
			told,
			await bookOf(db, intents, "payments_intents WHERE purpose = 'recharge'")
		),
		...compare(
			"coins of recharge",
			credits,
			await bookOf(
				db,
				"SUBSTRING(intent, 10) AS name, reference",
				"wallets_transfers WHERE kind = 'recharge' AND intent LIKE 'recharge:%'"
			)
		)
	];
}

/** Orders of the shop: each key placed one checkout, the one that its buyer was told. */
export async function orderFaults(db: Sql, report: CrowdReport): Promise<string[]> {
	const told = toldOf(report, "order").map(({ name, result }) => ({
		...{ name, reference: result && String(result.checkoutId) }
	}));
	const placed = `CONCAT(${byKey}intent_key) AS name, reference`;
	const checkouts = told.flatMap(({ name, reference = "" }) =>
		reference === "" ? [] : [{ name: reference, reference: name.split(":")[0] }]
	);
	const orders = "checkout_id AS name, user_id AS reference";
	return [
		...compare("order", told, await bookOf(db, placed, "orders_intents WHERE action = 'place'")),
		...compare(
			"checkout",
			checkouts,
			await bookOf(db, orders, "orders_orders WHERE source = 'shop'")
		)
	];
}

/** Purchases of the flash sale: each that was told `bought` has its order, and no other has. */
export async function saleFaults(db: Sql, report: CrowdReport): Promise<string[]> {
	const told = toldOf(report, "flash-sale").map(({ name, result }) => {
		const order = result?.order as { id: string } | undefined;
		return { name, reference: result?.outcome === "bought" ? order?.id : undefined };
	});
	const orders = told.flatMap(({ name, reference = "" }) =>
		reference === "" ? [] : [{ name: reference, reference: name.split(":")[0] }]
	);
	return [
		...compare(
			"purchase",
			told,
			await bookOf(
				db,
				"intent AS name, order_id AS reference",
				"flash_sales_purchases WHERE outcome = 'bought'"
			)
		),
		...compare(
			"order of the sale",
			orders,
			await bookOf(
				db,
				"id AS name, user_id AS reference",
				"orders_orders WHERE source = 'flash-sale'"
			)
		)
	];
}

/**
 * Payments: what was told paid is paid, with coins by one transfer, by the provider once its word
 * has come. Nothing is paid that nobody paid for.
 */
export async function payFaults(db: Sql, report: CrowdReport): Promise<string[]> {
	const rows = await db.query<{ id: number; checkout_id: number; paid_by: string | null }>(
		"SELECT id, checkout_id, paid_by FROM orders_orders"
	);
	const paidBy = new Map<string, string>();
	for (const told of toldOf(report, "pay")) {
		const { path, body } = told.intent.request;
		const [, area, id] = path.split("/");
		if (!told.result) continue;
		for (const row of rows) {
			const isMeant = String(area === "orders" ? row.id : row.checkout_id) === id;
			if (isMeant) paidBy.set(String(row.id), (body as { provider: string }).provider);
		}
	}
	const wrong = rows.flatMap(({ id, paid_by }) => {
		const told = paidBy.get(String(id)) ?? null;
		return told === paid_by ? [] : [`order ${id}: told paid by ${told}, is by ${paid_by}`];
	});
	const byCoins = [...paidBy].flatMap(([id, provider]) =>
		provider === "coins" ? [{ name: id, reference: id }] : []
	);
	const transfers = await bookOf(
		db,
		"SUBSTRING(intent, 7) AS name, reference",
		"wallets_transfers WHERE kind = 'order'"
	);
	return [...wrong, ...compare("coins of order", byCoins, transfers)];
}
