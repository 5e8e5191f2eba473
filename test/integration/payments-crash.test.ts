/**
 * The platform is killed between the payment and the commit of what the callback tells: the
 * provider's retry credits once, and nothing that was paid is lost.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { freePort } from "../../scripts/servers/ports.ts";
import { testEnv } from "../harness/backends.ts";
import { ledgerOf, transfersOf } from "../harness/payment-stage.ts";
import { type Person, signUp } from "../harness/people.ts";
import { type RunningPlatform, startEmbedded, untilHealthy } from "../harness/platforms.ts";
import { press, type RunningSandbox, startSandbox } from "../harness/sandbox.ts";
import { until } from "../harness/until.ts";

interface Recharge {
	readonly id: string;
	readonly status: string;
	readonly checkoutUrl: string;
}

const folder = mkdtempSync(join(tmpdir(), "live-commerce-crash-"));
let edge = "";
let sandbox: RunningSandbox;
let platform: RunningPlatform;

beforeAll(async () => {
	const port = String(await freePort());
	edge = `http://127.0.0.1:${port}`;
	sandbox = await startSandbox(folder, `${edge}/api/payments/sandbox/callback`);
	platform = await startEmbedded(folder, { PORT: port, ...sandbox.variables });
});
afterAll(async () => {
	await platform?.stop();
	await sandbox?.stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function call<T>(path: string, who: Person, body?: object): Promise<T> {
	const answer = await fetch(`${edge}/api${path}`, {
		method: body ? "POST" : "GET",
		headers: {
			"content-type": "application/json",
			"idempotency-key": crypto.randomUUID(),
			authorization: `Bearer ${who.accessToken}`
		},
		...(body ? { body: JSON.stringify(body) } : {})
	});
	if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as T;
}

async function begin(who: Person): Promise<Recharge> {
	return call<Recharge>("/recharges", who, { packageId: "1", provider: "sandbox" });
}

/** The platform alone: the sandbox lives on. */
async function kill(): Promise<void> {
	const node = platform.nodes.get("embedded");
	node?.signal("SIGKILL");
	await node?.gone;
}

/** Reads the file of the platform, which must be down. */
async function withDatabase<T>(work: (db: Sql) => Promise<T>): Promise<T> {
	const db = openSql(testEnv(folder));
	try {
		return await work(db);
	} finally {
		await db.close();
	}
}

async function restart(): Promise<void> {
	platform.restart("embedded");
	await untilHealthy(edge, platform.nodes);
}

const attempted = (): boolean => {
	const text = readFileSync(join(folder, "sandbox.json"), "utf8");
	const { deliveries } = JSON.parse(text) as { deliveries: { attempts: number }[] };
	return deliveries.some(({ attempts }) => attempts > 0);
};

it("a callback that was on its way when the process died is told again", async () => {
	const who = await signUp(edge);
	const recharge = await begin(who);
	// Stopped, it takes the connection and never answers: the callback is in the middle.
	platform.nodes.get("embedded")?.signal("SIGSTOP");
	expect(await press("pay", recharge.checkoutUrl)).toBe("paid");
	await kill();
	const status = await withDatabase(async (db) => {
		const [row] = await db.query("SELECT status FROM payments_intents WHERE id = ?", [recharge.id]);
		return row?.status;
	});
	expect(status).toBe("pending");
	await until(attempted);
	await restart();
	const mine = () => call<Recharge>(`/recharges/${recharge.id}`, who);
	await until(async () => (await mine()).status === "succeeded", 30_000);
	expect(await call("/wallet", who)).toMatchObject({ balance: 100 });
});

it("kill -9 amid many callbacks: each is credited once", async () => {
	const who = await signUp(edge);
	const all: Recharge[] = [];
	let cutInTheMiddle = 0;
	for (let round = 0; round < 4 && cutInTheMiddle === 0; round += 1) {
		const batch = await Promise.all(Array.from({ length: 25 }, () => begin(who)));
		all.push(...batch);
		const paying = batch.map(({ checkoutUrl }) =>
			press("pay", checkoutUrl, { switches: ["duplicate"] })
		);
		const isCredited = async ({ id }: Recharge) =>
			(await call<Recharge>(`/recharges/${id}`, who)).status === "succeeded";
		await until(async () => (await Promise.all(batch.slice(0, 3).map(isCredited))).some(Boolean));
		await kill();
		await Promise.all(paying);
		const credits = await withDatabase(async (db) => {
			const counts = await Promise.all(batch.map(({ id }) => transfersOf(db, id)));
			return counts.reduce((sum, count) => sum + count, 0);
		});
		if (credits > 0 && credits < batch.length) cutInTheMiddle = credits;
		await restart();
	}
	// A fault that hits nothing proves nothing.
	expect(cutInTheMiddle).toBeGreaterThan(0);
	for (const { id } of all) {
		const mine = async () => (await call<Recharge>(`/recharges/${id}`, who)).status;
		await until(async () => (await mine()) === "succeeded", 60_000);
	}
	await kill();
	await withDatabase(async (db) => {
		for (const { id } of all) expect(await transfersOf(db, id)).toBe(1);
		expect(await ledgerOf(db, who.id)).toEqual({ coins: all.length * 100, sum: 0 });
	});
});
