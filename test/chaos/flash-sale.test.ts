/**
 * A flash sale while everything around it is killed: 5,000 units, more than 15,000 attempts, each
 * sent twice at once to different nodes and again until there is an answer.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { mariaDbCommand, startMariaDbPair } from "../../scripts/servers/mariadb.ts";
import { ask } from "../../scripts/servers/probe.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import { createSale } from "../../services/flash-sales/flash-sales.lifecycle.ts";
import { openStock } from "../../services/stock/stock.tx.ts";
import { testEnv } from "../harness/backends.ts";
import { saleFaults } from "../harness/flash-stage.ts";
import { until } from "../harness/until.ts";
import type { Answer, Asked } from "./flash-sale-node.ts";
import { Seller } from "./flash-sale-seller.ts";

const units = 5_000;
const limitPerUser = 2;
const users = 4_000;
const attemptsPerUser = 4;
const attempts = users * attemptsPerUser;
const saleId = "1";
/** Two nodes sell while a third one starts again. */
const nodes = 3;
const callersAtOnce = 64;
/** What an attempt may hear instead of an outcome. */
const mayBe = [
	...["KILLED", "NOBODY", "BUSY", "UNAVAILABLE", "COMMIT_OUTCOME_UNKNOWN"],
	...["REQUEST_TIMEOUT", "TRANSACTION_TOO_LONG", "TIMEOUT"]
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

interface Stage {
	readonly db: Sql;
	readonly redis: LocalServer;
	readonly primary: LocalServer;
	readonly sellers: readonly Seller[];
}

async function setStage(): Promise<Stage> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-flash-sale-"));
	closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
	const redis = await startRedis(join(folder, "redis"));
	closing.push(() => redis.stop());
	const pair = await startMariaDbPair({ dataDir: folder, database: "test", small: true });
	closing.push(() => pair.stop());
	const variables = { REDIS_URL: redis.url, MYSQL_URL: pair.primary.url, RATE_LIMITS: "off" };
	const env = testEnv(folder, variables);
	await migrate(env);
	const db = openSql(env);
	closing.push(() => db.close());
	const now = Date.now();
	await db.transaction((tx) => openStock(tx, [{ skuId: "1", quantity: units, actorId: "1" }]));
	await createSale(
		db,
		{
			...{ id: saleId, roomId: "1", hostId: "1", skuId: "1", productId: "1", title: "Tea" },
			...{ pictureUrl: null, attributes: [], currency: "USD", price: 100, listPrice: 200 },
			...{ initial: units, limitPerUser, intent: "1:sale", hash: "0".repeat(64) },
			...{ startsAt: new Date(now - 1_000), endsAt: new Date(now + 3_600_000) }
		},
		{ perRoomMax: 1 }
	);
	const own = { NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: folder, PORT: "0" };
	const sellers = Array.from({ length: nodes }, () => new Seller({ ...own, ...variables }));
	closing.push(() => Promise.all(sellers.map((seller) => seller.kill())));
	await Promise.all(sellers.map((seller) => seller.start()));
	return { db, redis, primary: pair.primary, sellers };
}

/** What a client does: it asks another node, under the same key, until it is told an outcome. */
async function insist(stage: Stage, asked: Omit<Asked, "number">, turn: number): Promise<Answer> {
	for (let attempt = turn; ; attempt++) {
		const ready = stage.sellers.filter(({ isReady }) => isReady);
		const seller = ready[attempt % Math.max(1, ready.length)];
		const answered = await seller?.ask(asked);
		if (answered && "answer" in answered) return answered.answer;
		const type = answered?.error ?? "NOBODY";
		if (!mayBe.includes(type)) throw new Error(`An attempt was answered ${type}.`);
		await sleep(40 + Math.random() * 40);
	}
}

interface Told {
	readonly userId: string;
	readonly answers: readonly [Answer, Answer];
}

/** All attempts, in an order that mixes the users, each sent twice. */
async function storm(stage: Stage, isPaced: () => boolean): Promise<Told[]> {
	const told: Told[] = [];
	let next = 0;
	const caller = async () => {
		while (next < attempts) {
			const number = next++;
			const userId = String(1_001 + (number % users));
			const quantity = 1 + (number % 7 === 0 ? 1 : 0);
			const asked = { saleId, userId, quantity, key: `attempt-${Math.floor(number / users)}` };
			const answers = await Promise.all([
				insist(stage, asked, number),
				insist(stage, asked, number + 1)
			]);
			told.push({ userId, answers });
			// So slow that the sale lasts until all has happened to it.
			if (isPaced()) await sleep(100 + Math.random() * 150);
		}
	};
	await Promise.all(Array.from({ length: callersAtOnce }, caller));
	return told;
}

const saleNow = async ({ db }: Stage) => {
	const [row] = await db.query<{ left_units: number; sold_units: number; epoch: number }>(
		"SELECT left_units, sold_units, epoch FROM flash_sales_sales WHERE id = ?",
		[saleId]
	);
	return {
		left: Number(row?.left_units),
		sold: Number(row?.sold_units),
		epoch: Number(row?.epoch)
	};
};

/** What was struck, and how the sale stood in that moment. */
interface Strike {
	readonly what: string;
	readonly left: number;
	readonly sold: number;
	readonly underWay: number;
}

const strikes: Strike[] = [];

/** Notes how the sale stands, with buyers waiting for an answer; strike right after it. */
async function strike(stage: Stage, what: string, seller?: Seller): Promise<void> {
	const struck = seller ? [seller] : stage.sellers;
	const waiting = () => struck.reduce((sum, one) => sum + one.underWay, 0);
	await until(async () => {
		const { left, sold } = await saleNow(stage);
		const underWay = waiting();
		if (underWay > 0) strikes.push({ what, left, sold, underWay });
		return underWay > 0;
	});
}

/** Kills one node after the other while the storm goes on. */
async function killSellers(stage: Stage, isOver: () => boolean): Promise<void> {
	for (let turn = 0; !isOver(); turn++) {
		const seller = stage.sellers[turn % nodes] as Seller;
		await until(
			() => isOver() || (stage.sellers.every((one) => one.isReady) && seller.underWay > 0),
			60_000
		);
		if (isOver()) return;
		await strike(stage, "seller", seller);
		await seller.kill();
		await seller.start();
	}
}

const soldBeyond = (stage: Stage, share: number) =>
	until(async () => (await saleNow(stage)).sold > units * share, 120_000);

async function killServers(stage: Stage): Promise<void> {
	await soldBeyond(stage, 0.15);
	const before = await saleNow(stage);
	await strike(stage, "wipe");
	const { port } = stage.redis;
	expect(await ask({ port, send: "FLUSHALL\r\n", until: /\r\n/ })).toBe("+OK\r\n");
	await until(async () => (await saleNow(stage)).epoch > before.epoch, 60_000);

	await soldBeyond(stage, 0.35);
	await strike(stage, "redis");
	await stage.redis.kill();
	await stage.redis.restart();

	await soldBeyond(stage, 0.55);
	await strike(stage, "database");
	await stage.primary.kill();
	await stage.primary.restart();
	await soldBeyond(stage, 0.7);
}

describe.skipIf(!mariaDbCommand() || !redisCommand())("a flash sale under kill -9", () => {
	it("sells no unit twice, nobody too many, and keeps every promise", async () => {
		const stage = await setStage();
		let isCalm = false;
		const selling = storm(stage, () => !isCalm);
		const killing = killSellers(stage, () => isCalm);
		await killServers(stage);
		isCalm = true;
		await killing;
		const told = await selling;

		// All of it struck in the middle of the sale, with buyers waiting.
		const mid = strikes.filter(({ left, sold, underWay }) => left > 0 && sold > 0 && underWay > 0);
		const counts = Map.groupBy(mid, ({ what }) => what);
		for (const what of ["wipe", "redis", "database"])
			expect(counts.get(what), what).toHaveLength(1);
		expect(counts.get("seller")?.length).toBeGreaterThanOrEqual(3);

		// What was let in by the dead comes back, and is sold to whoever asks then.
		let late = 0;
		await until(
			async () => {
				const asked = { saleId, userId: String(100_000 + ++late), key: "late", quantity: 1 };
				const answer = await insist(stage, asked, late);
				told.push({ userId: asked.userId, answers: [answer, answer] });
				return (await saleNow(stage)).left === 0;
			},
			2 * limits.flashSaleLeakMilliseconds + 30_000
		);

		expect(told.length).toBeGreaterThan(15_000);
		expect(await saleFaults(stage.db, saleId)).toEqual([]);
		expect(await saleNow(stage)).toMatchObject({ left: 0, sold: units });
		// Bought is bought wherever it is asked; nodes may differ in why they refuse.
		const unequal = told.filter(({ answers: [one, other] }) => {
			const isBought = one.outcome === "bought";
			return isBought !== (other.outcome === "bought") || one.order?.id !== other.order?.id;
		});
		expect(unequal).toEqual([]);
		const promised = told.flatMap(({ userId, answers: [{ outcome, order }] }) =>
			outcome === "bought" ? [`${order?.id} ${userId}`] : []
		);
		const rows = await stage.db.query<{ id: number; user_id: number }>(
			"SELECT id, user_id FROM orders_orders WHERE source = 'flash-sale'"
		);
		expect(promised.sort()).toEqual(rows.map(({ id, user_id }) => `${id} ${user_id}`).sort());
		const [facts] = await stage.db.query<{ count: number }>(
			"SELECT COUNT(*) AS count FROM outbox_messages WHERE channel = 'orders.placed'"
		);
		expect(Number(facts?.count)).toBe(rows.length);
	});
});
