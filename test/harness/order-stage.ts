/** A shop that takes orders, with coins and with a sandbox that sends no callbacks by itself. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sql } from "../../mixins/sql/index.ts";
import cartsService from "../../services/carts/carts.service.ts";
import ordersService from "../../services/orders/orders.service.ts";
import paymentsService from "../../services/payments/payments.service.ts";
import { sandboxProvider } from "../../services/payments/providers/sandbox.ts";
import { sign } from "../../services/payments/providers/signature.ts";
import { coinCurrency, postTransfers } from "../../services/wallets/wallets.tx.ts";
import type { Backend } from "./backends.ts";
import { sandboxSecret, startTill } from "./sandbox.ts";
import { as, startShop } from "./shop-stage.ts";

const address = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
	...{ line1: "12 Sejong-daero", postalCode: "04524" }
};

/** Tables whose rows say what was ordered, paid and moved. */
const books = /^(orders_|stock_|wallets_|carts_lines|payments_)/;

/** Every row of them, by table: to prove that something changed nothing. */
export async function booksOf(db: Sql): Promise<Record<string, unknown[]>> {
	const names =
		db.dialect === "sqlite"
			? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
			: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()";
	const tables = (await db.query<{ name: string }>(names)).filter(({ name }) => books.test(name));
	const rows = await Promise.all(tables.map(({ name }) => db.query(`SELECT * FROM ${name}`)));
	return Object.fromEntries(tables.map(({ name }, index) => [name, rows[index] ?? []]));
}

export async function fillPurse(db: Sql, userId: string, coins: number): Promise<void> {
	const reference = randomUUID();
	await db.transaction((tx) =>
		postTransfers(tx, [
			{
				...{ intent: `test:${reference}`, kind: "recharge", reference },
				legs: [
					{ account: { system: "world", currency: coinCurrency }, amount: -coins },
					{ account: { userId, kind: "coins" }, amount: coins }
				]
			}
		])
	);
}

/** The balance of an account; 0 where there is none yet. */
export async function balanceOf(
	db: Sql,
	owner: string,
	kind: string,
	currency: string = coinCurrency
): Promise<number> {
	const [row] = await db.query<{ balance: number }>(
		"SELECT balance FROM wallets_accounts WHERE owner = ? AND kind = ? AND currency = ?",
		[owner, kind, currency]
	);
	return Number(row?.balance ?? 0);
}

export async function startOrders(backend: Backend<string>) {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-orders-"));
	const till = await startTill(folder);
	const opened = await backend.open({ variables: { ...till.variables, RATE_LIMITS: "off" } });
	const shop = await startShop(opened, [cartsService, ordersService, paymentsService]);
	const { call, db, broker } = shop;
	const provider = sandboxProvider({ url: till.url, secret: sandboxSecret });
	return {
		...{ ...shop, till, provider },
		setup: { db, providers: new Map([["sandbox", provider]]), logger: broker.logger },
		/** The id of a new address of this user. */
		async address(userId: string): Promise<string> {
			return (await call("addresses.create", address, as(userId))).id;
		},
		/** Signed, as the provider tells it. */
		async tell(intentId: string, type = "payment.succeeded") {
			const [row] = await db.query<{
				provider_reference: string;
				amount: number;
				currency: string;
			}>("SELECT provider_reference, amount, currency FROM payments_intents WHERE id = ?", [
				intentId
			]);
			const payment = {
				...{ intentId, merchant: "live-commerce", reference: row?.provider_reference },
				...{ amount: Number(row?.amount), currency: row?.currency }
			};
			const body = JSON.stringify({ id: `ev_${randomUUID()}`, type, payment });
			const signature = sign(sandboxSecret, body, new Date());
			return call("payments.callback", { provider: "sandbox", body, signature });
		},
		/** What can be bought, is reserved and is sold. */
		async pile(skuId: string) {
			const [row] = await db.query<{ on_hand: number; reserved: number; sold: number }>(
				"SELECT on_hand, reserved, sold FROM stock_levels WHERE sku_id = ?",
				[skuId]
			);
			return { onHand: row?.on_hand, reserved: row?.reserved, sold: row?.sold };
		},
		async stop() {
			await shop.stop();
			await opened.close();
			till.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

export type OrderStage = Awaited<ReturnType<typeof startOrders>>;
