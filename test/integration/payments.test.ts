/**
 * Recharging over HTTP with the sandbox as the process that it is: every switch of its page ends
 * in the right state, and what was paid while nobody could hear of it is credited all the same.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import type { Switch } from "../../scripts/sandbox/switches.ts";
import { freePort } from "../../scripts/servers/ports.ts";
import admin from "../../services/admin/admin.service.ts";
import auth from "../../services/auth/auth.service.ts";
import gateway from "../../services/gateway/gateway.service.ts";
import ids from "../../services/ids/ids.service.ts";
import outbox from "../../services/outbox/outbox.service.ts";
import { pollOnce } from "../../services/payments/payments.poller.ts";
import payments from "../../services/payments/payments.service.ts";
import { providersOf } from "../../services/payments/providers/index.ts";
import { sign, signatureHeader } from "../../services/payments/providers/signature.ts";
import tags from "../../services/tags/tags.service.ts";
import users from "../../services/users/users.service.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { ledgerOf, transfersOf } from "../harness/payment-stage.ts";
import { type Person, signUp } from "../harness/people.ts";
import { expectRefusal } from "../harness/refusal.ts";
import {
	type Payment,
	press,
	type RunningSandbox,
	sandboxSecret,
	startSandbox
} from "../harness/sandbox.ts";
import { until } from "../harness/until.ts";

interface Recharge {
	readonly id: string;
	readonly status: string;
	readonly checkoutUrl: string;
}

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`recharging on ${backend.name}`, () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-recharge-"));
		let edge = "";
		let opened: Opened;
		let sandbox: RunningSandbox;
		let broker: ServiceBroker;
		let db: Sql;

		beforeAll(async () => {
			const port = String(await freePort());
			edge = `http://127.0.0.1:${port}`;
			sandbox = await startSandbox(folder, `${edge}/api/payments/sandbox/callback`);
			const variables = { PORT: port, RATE_LIMITS: "off", ...sandbox.variables };
			opened = await backend.open({ variables });
			const edgeService = gateway as unknown as ServiceSchema;
			const services = [admin, auth, edgeService, ids, outbox, payments, tags, users];
			broker = await startBroker({ env: opened.env, services, migrate: true });
			db = openSql(opened.env);
		});
		afterAll(async () => {
			await broker?.stop();
			await db?.close();
			await sandbox?.stop();
			await opened?.close();
			rmSync(folder, { recursive: true, force: true });
		});

		async function ask<T>(path: string, who?: Person, body?: object): Promise<T> {
			const answer = await fetch(`${edge}/api${path}`, {
				method: body ? "POST" : "GET",
				headers: {
					"content-type": "application/json",
					"idempotency-key": crypto.randomUUID(),
					...(who ? { authorization: `Bearer ${who.accessToken}` } : {})
				},
				...(body ? { body: JSON.stringify(body) } : {})
			});
			if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
			return (await answer.json()) as T;
		}
		async function begin() {
			const who = await signUp(edge);
			const [pack] = (await ask<{ items: { id: string }[] }>("/recharge-packages")).items;
			const wish = { packageId: pack?.id, provider: "sandbox" };
			return { who, recharge: await ask<Recharge>("/recharges", who, wish) };
		}
		const statusOf = async ({ who, recharge }: Awaited<ReturnType<typeof begin>>) =>
			(await ask<Recharge>(`/recharges/${recharge.id}`, who)).status;
		const outcomesOf = async (id: string): Promise<string[]> => {
			const rows = await db.query<{ outcome: string }>(
				"SELECT outcome FROM payments_events WHERE intent_id = ? ORDER BY received_at",
				[id]
			);
			return rows.map(({ outcome }) => outcome);
		};
		/** As the poller will do it so many seconds from now. */
		const pollIn = (seconds: number) => {
			const now = new Date(Date.now() + seconds * 1_000);
			const providers = providersOf(opened.env);
			return pollOnce({ db, providers, logger: broker.logger }, now);
		};
		async function credited(bought: Awaited<ReturnType<typeof begin>>): Promise<void> {
			await until(async () => (await statusOf(bought)) === "succeeded");
			expect(await ledgerOf(db, bought.who.id)).toEqual({ coins: 100, sum: 0 });
			expect(await transfersOf(db, bought.recharge.id)).toBe(1);
		}
		async function paid(payment: Payment = {}) {
			const bought = await begin();
			await press("pay", bought.recharge.checkoutUrl, payment);
			return bought;
		}

		it("credits what was paid", async () => {
			await credited(await paid());
		});

		it("says when a payment failed, and lets nobody pay that one again", async () => {
			const bought = await begin();
			await press("fail", bought.recharge.checkoutUrl);
			await until(async () => (await statusOf(bought)) === "failed");
			await expect(press("pay", bought.recharge.checkoutUrl)).rejects.toThrow("409");
			expect((await ledgerOf(db, bought.who.id)).coins).toBe(0);
		});

		it("duplicate: three callbacks, one credit", async () => {
			const bought = await paid({ switches: ["duplicate"] });
			await credited(bought);
			// The third is another event about the same payment.
			await until(async () => (await outcomesOf(bought.recharge.id)).length === 2);
			expect(await outcomesOf(bought.recharge.id)).toEqual(["applied", "stale"]);
			expect((await ledgerOf(db, bought.who.id)).coins).toBe(100);
		});

		it("out-of-order: the failure of before does not undo what is paid", async () => {
			const bought = await paid({ switches: ["out-of-order"] });
			await until(async () => (await outcomesOf(bought.recharge.id)).length === 2);
			expect(await outcomesOf(bought.recharge.id)).toEqual(["applied", "stale"]);
			await credited(bought);
		});

		it("late: expired, and credited when the money comes", async () => {
			const bought = await paid({ switches: ["late"], lateSeconds: 2 });
			await pollIn(31 * 60);
			expect(await statusOf(bought)).toBe("expired");
			await credited(bought);
			expect(await outcomesOf(bought.recharge.id)).toEqual(["late"]);
		});

		it.each(["wrong-amount", "wrong-currency"] as const)(
			"%s: nothing moves, an operator sees it",
			async (wrong) => {
				const bought = await paid({ switches: [wrong] });
				await until(async () => (await outcomesOf(bought.recharge.id)).length === 1);
				expect(await outcomesOf(bought.recharge.id)).toEqual(["mismatch"]);
				expect(await statusOf(bought)).toBe("pending");
				expect((await ledgerOf(db, bought.who.id)).coins).toBe(0);
			}
		);

		it.each<Switch>(["wrong-signature", "no-callback"])(
			"%s: nothing is heard, and asking the provider credits it",
			async (mute) => {
				const bought = await paid({ switches: [mute] });
				await pollIn(0);
				expect(await statusOf(bought)).toBe("pending");
				expect(await outcomesOf(bought.recharge.id)).toEqual([]);
				await pollIn(61);
				await credited(bought);
			}
		);

		it("switches in the address, and a button without a script, do the same", async () => {
			const { who, recharge } = await begin();
			const page = await fetch(`${recharge.checkoutUrl}?switches=no-callback`);
			const html = await page.text();
			expect(html).toMatch(/value="no-callback" checked/);
			expect(html).not.toMatch(/<script|src=/);
			const pressed = await fetch(`${recharge.checkoutUrl}/pay`, {
				method: "POST",
				headers: { "content-type": "application/x-www-form-urlencoded" },
				body: "switches=duplicate",
				redirect: "manual"
			});
			expect(pressed.status).toBe(303);
			expect(pressed.headers.get("location")).toBe(`${edge}/wallet?recharge=${recharge.id}`);
			await credited({ who, recharge });
		});

		it("is told again what it could not take", async () => {
			const bought = await begin();
			const [service] = broker.services.filter(({ name }) => name === "payments");
			if (!service) throw new Error("payments does not run");
			await broker.destroyService(service);
			await press("pay", bought.recharge.checkoutUrl);
			await until(() => readDeliveries(folder).some(({ attempts }) => attempts > 0));
			broker.createService(payments);
			await broker.waitForServices("payments");
			await credited(bought);
			expect(await outcomesOf(bought.recharge.id)).toEqual(["applied"]);
		});

		it("refuses forged callbacks without a word of why", async () => {
			const body = JSON.stringify({ id: "ev_x", type: "payment.succeeded", payment: {} });
			const post = (headers: Record<string, string>, text: string | Buffer<ArrayBuffer> = body) =>
				fetch(`${edge}/api/payments/sandbox/callback`, {
					method: "POST",
					headers: { "content-type": "application/json", ...headers },
					body: text
				});
			const now = new Date();
			const signed = (secret: string, text: string) => ({
				[signatureHeader]: sign(secret, text, now)
			});
			const forged = signed("a secret that nobody gave away", body);
			await expectRefusal(await post({}), [400], "unsigned");
			await expectRefusal(await post(forged), [400], "forged");
			await expectRefusal(await post(signed(sandboxSecret, `${body} `)), [400], "another body");
			const broken = Buffer.from([0x22, 0xff, 0x22]);
			await expectRefusal(await post(forged, broken), [400], "not UTF-8");
			const huge = JSON.stringify({ id: "x".repeat(200_000) });
			await expectRefusal(await post(forged, huge), [413], "huge");
		});

		it("passes the very bytes on that were signed", async () => {
			// Keys twice, spaces, escapes and a byte order mark inside: parsed and written again, all
			// of it would be another text.
			const body = '{ "id" : "ev_bytes_1",  "type":"\\u0070ing", "type":"ping\ufeff", "n": 1.0 }';
			const answer = await fetch(`${edge}/api/payments/sandbox/callback`, {
				method: "POST",
				headers: {
					"content-type": "application/json",
					[signatureHeader]: sign(sandboxSecret, body, new Date())
				},
				body
			});
			expect(await answer.json()).toEqual({ received: true });
		});
	});
}

function readDeliveries(folder: string): { attempts: number }[] {
	const text = readFileSync(join(folder, "sandbox.json"), "utf8");
	return (JSON.parse(text) as { deliveries: { attempts: number }[] }).deliveries;
}
