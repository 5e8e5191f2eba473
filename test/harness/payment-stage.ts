/** Payments on a broker of their own, paid at a sandbox that sends no callbacks by itself. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceSchema } from "moleculer";
import type { Call } from "../../lib/context.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import idsService from "../../services/ids/ids.service.ts";
import outboxService from "../../services/outbox/outbox.service.ts";
import paymentsService from "../../services/payments/payments.service.ts";
import { sandboxProvider } from "../../services/payments/providers/sandbox.ts";
import { sign } from "../../services/payments/providers/signature.ts";
import type { Backend } from "./backends.ts";
import { startBroker } from "./broker.ts";
import { fakeTags } from "./fake-tags.ts";
import { sandboxSecret, startTill } from "./sandbox.ts";

export const as = (id: string) => ({ meta: { user: { id, sessionId: "1" } } });
export const operator = as("9");

/** What the audit middleware wrote. */
const fakeAdmin = (audit: string[]) =>
	({
		name: "admin",
		actions: {
			record: {
				auth: "internal",
				handler: ({ params }: { params: { action: string; outcome: string } }) => {
					audit.push(`${params.action} ${params.outcome}`);
					return { id: String(audit.length) };
				}
			},
			settings: { auth: "internal", handler: () => ({ revision: 1, values: {} }) }
		}
	}) as unknown as ServiceSchema;

/** Hears the coins that were bought, as often as it is told. */
const listener = (heard: { rechargeId: string; coins: number }[]) =>
	({
		name: "listener",
		channels: {
			"payments.recharged": {
				group: "listener",
				context: true,
				async handler(ctx: { params: { rechargeId: string; coins: number } }) {
					heard.push(ctx.params);
				}
			}
		}
	}) as unknown as ServiceSchema;

/** What a callback says of a payment, unless told otherwise. */
export interface Told {
	readonly id?: string;
	readonly type?: string;
	readonly payment?: Readonly<Record<string, unknown>>;
}

/** How much of what stands in the ledger. */
export async function ledgerOf(db: Sql, userId: string) {
	const [account] = await db.query<{ balance: number }>(
		"SELECT balance FROM wallets_accounts WHERE owner = ? AND kind = 'coins'",
		[userId]
	);
	const [sum] = await db.query<{ total: number | string | null }>(
		"SELECT SUM(amount) AS total FROM wallets_entries"
	);
	return { coins: Number(account?.balance ?? 0), sum: Number(sum?.total ?? 0) };
}

/** Transfers per recharge: sums alone do not show that one was credited twice. */
export async function transfersOf(db: Sql, rechargeId: string): Promise<number> {
	const rows = await db.query("SELECT id FROM wallets_transfers WHERE intent = ?", [
		`recharge:${rechargeId}`
	]);
	return rows.length;
}

/** What the provider calls the payment of an intent. */
async function referenceOf(db: Sql, intentId: string): Promise<string | undefined> {
	const [row] = await db.query<{ provider_reference: string }>(
		"SELECT provider_reference FROM payments_intents WHERE id = ?",
		[intentId]
	);
	return row?.provider_reference;
}

export async function startPayments(backend: Backend<string>) {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-till-"));
	const till = await startTill(folder);
	const opened = await backend.open({ variables: { ...till.variables, RATE_LIMITS: "off" } });
	const audit: string[] = [];
	const heard: { rechargeId: string; coins: number }[] = [];
	const broker = await startBroker({
		...{ env: opened.env, migrate: true, options: { dependencyInterval: 20 } },
		services: [
			...[idsService, outboxService, paymentsService],
			...[fakeTags({ "9": ["operator"] }), fakeAdmin(audit), listener(heard)]
		]
	});
	const db = openSql(opened.env);
	const call = broker.call.bind(broker) as Call;
	const provider = sandboxProvider({ url: till.url, secret: sandboxSecret });
	const callback = (event: object, signature?: string) => {
		const body = JSON.stringify(event);
		const signed = signature ?? sign(sandboxSecret, body, new Date());
		return call("payments.callback", { provider: "sandbox", body, signature: signed });
	};
	return {
		...{ broker, call, db, till, audit, heard, provider, callback },
		setup: { db, providers: new Map([["sandbox", provider]]), logger: broker.logger },
		/** A recharge of package 1 by this user. */
		async recharge(userId: string, key: string = randomUUID()) {
			const params = { packageId: "1", provider: "sandbox" };
			const headers = { "idempotency-key": key };
			return call("payments.recharge", params, { ...as(userId), headers });
		},
		/** The signed callback of a recharge. */
		async tell(
			recharge: { id: string; price: { amount: number; currency: string } },
			{ id = `ev_${randomUUID()}`, type = "payment.succeeded", payment = {} }: Told = {}
		) {
			const reference = await referenceOf(db, recharge.id);
			const said = { intentId: recharge.id, merchant: "live-commerce", ...recharge.price };
			const whole = { ...said, reference, ...payment };
			return callback({ id, type, payment: whole });
		},
		async stop() {
			await broker.stop();
			await db.close();
			await opened.close();
			till.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

export type PaymentStage = Awaited<ReturnType<typeof startPayments>>;
