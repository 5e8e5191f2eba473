/**
 * Backup and restore, for real: copied while gifts and orders run, put into an empty database, and
 * what comes back is one moment that was committed.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { clientProgram, dumpProgram } from "../../scripts/backup/mysql.ts";
import { mariaDbCommand, startMariaDbPair } from "../../scripts/servers/mariadb.ts";
import { type GiftShop, giftShop } from "../harness/gift-shop.ts";
import { type Person, post } from "../harness/people.ts";
import { pictures } from "../harness/pictures.ts";
import { startEmbedded, startProcess } from "../harness/platforms.ts";
import { until } from "../harness/until.ts";

const [givers, coins, giftsMin] = [6, 100_000, 30];
const address = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
	...{ line1: "12 Sejong-daero", postalCode: "04524" }
};

/** Times of one clock, in milliseconds. */
interface Given {
	readonly id: string;
	readonly startedAt: number;
	readonly answeredAt: number;
}

const folder = mkdtempSync(join(tmpdir(), "live-commerce-backup-"));
const stops: (() => Promise<unknown>)[] = [];
afterAll(async () => {
	for (const stop of stops.reverse()) await stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Runs a script to its end; what it wrote. */
async function run(
	script: "backup" | "restore",
	words: readonly string[],
	{ data, variables }: { data: string; variables: Readonly<Record<string, string>> }
): Promise<{ code: number | null; log: string }> {
	const plan = { name: `${script}-${randomUUID()}`, script: `scripts/${script}.ts`, folder: data };
	const running = startProcess({ ...plan, variables, arguments: words });
	await running.gone;
	return { code: await running.stop(), log: running.log() };
}

/** People who give one heart after another and one who orders, until `end` is called. */
async function startTraffic(shop: GiftShop) {
	const { person: host, roomId } = await shop.host();
	const people = await Promise.all(Array.from({ length: givers }, () => shop.payer(coins)));
	const buyer = await shop.payer(coins);
	const { skus } = await shop.good<{ skus: { id: string }[] }>(host, "POST /products", {
		body: { title: "Tea", skus: [{ price: { amount: 10, currency: "USD" }, stock: 100_000 }] }
	});
	const { id: addressId } = await shop.good<{ id: string }>(buyer, "POST /addresses", {
		body: address
	});
	const gifts: Given[] = [];
	let [orders, ended] = [0, false];
	const give = async (person: Person) => {
		while (!ended) {
			const startedAt = performance.now();
			const { status, body } = await shop.give(person, roomId);
			if (status >= 300) throw new Error(`A gift: ${status} ${JSON.stringify(body)}`);
			gifts.push({ id: body.id, startedAt, answeredAt: performance.now() });
		}
	};
	const order = async () => {
		while (!ended) {
			const placed = await shop.good<{ items: { id: string }[] }>(buyer, "POST /orders", {
				key: randomUUID(),
				body: { items: [{ skuId: skus[0]?.id, quantity: 1 }], addressId }
			});
			await shop.good(buyer, `POST /orders/${placed.items[0]?.id}/pay`, {
				key: randomUUID(),
				body: { provider: "coins" }
			});
			orders += 1;
		}
	};
	const all = Promise.all([...people.map(give), order()]);
	return {
		...{ people, gifts, roomId },
		/** So many more gifts and orders; throws at once what went wrong with one. */
		more(giftCount: number, orderCount: number): Promise<unknown> {
			const [giftsThen, ordersThen] = [gifts.length + giftCount, orders + orderCount];
			return Promise.race([
				all,
				until(() => gifts.length >= giftsThen && orders >= ordersThen, 30_000)
			]);
		},
		async end() {
			ended = true;
			await all;
		}
	};
}

async function uploaded(edge: string, { accessToken }: Person): Promise<string> {
	const body = new FormData();
	body.append("file", new File([pictures.png.bytes], "a.png", { type: "image/png" }));
	const headers = { authorization: `Bearer ${accessToken}` };
	const answer = await fetch(`${edge}/api/files`, { method: "POST", headers, body });
	return ((await answer.json()) as { url: string }).url;
}

/** What the restored database says of gifts and their givers. */
async function readRestored(env: Parameters<typeof openSql>[0], people: readonly Person[]) {
	const db = openSql(env);
	try {
		const rows = await db.query<{ id: unknown; user_id: unknown }>(
			"SELECT id, user_id FROM gifts_records"
		);
		const balances = await Promise.all(
			people.map(({ id }) =>
				db.query<{ balance: unknown }>(
					"SELECT balance FROM wallets_accounts WHERE owner = ? AND kind = 'coins'",
					[id]
				)
			)
		);
		const gave = (person: Person) => rows.filter((row) => String(row.user_id) === person.id).length;
		return {
			ids: new Set(rows.map(({ id }) => String(id))),
			balances: balances.map(([row]) => Number(row?.balance)),
			expected: people.map((person) => coins - gave(person))
		};
	} finally {
		await db.close();
	}
}

/** Whoever was answered before somebody in the copy began is in the copy too. */
function expectOneMoment(gifts: readonly Given[], ids: ReadonlySet<string>): void {
	const inside = gifts.filter(({ id }) => ids.has(id));
	const outside = gifts.filter(({ id }) => !ids.has(id));
	expect(inside.length).toBeGreaterThan(0);
	expect(outside.length).toBeGreaterThan(0);
	const lastBegun = Math.max(...inside.map(({ startedAt }) => startedAt));
	const firstLeftOut = Math.min(...outside.map(({ answeredAt }) => answeredAt));
	expect(firstLeftOut).toBeGreaterThanOrEqual(lastBegun);
}

/** An empty server or an empty folder, by its variables. */
type Place = Readonly<Record<string, string>>;

/** Runs a platform, copies it in the middle of its traffic, and ends it. */
async function copied(name: string, source: Place) {
	const [data, to] = [join(folder, `${name}-source`), join(folder, `${name}-copy`)];
	const platform = await startEmbedded(data, source);
	stops.push(platform.stop);
	const shop = giftShop(platform.edges);
	const traffic = await startTraffic(shop);
	const [giver] = traffic.people as [Person];
	const picture = await uploaded(shop.edge(), giver);
	await traffic.more(giftsMin, 3);
	const before = traffic.gifts.length;
	const made = await run("backup", ["--to", to], { data, variables: source });
	expect(made, made.log).toMatchObject({ code: 0 });
	expect(traffic.gifts.length).toBeGreaterThan(before);
	await traffic.more(giftsMin, 1);
	await traffic.end();
	await platform.stop();
	return { ...traffic, to, giver, picture };
}

/** What people find on the platform that was restored. */
async function opensAgain(
	[edge = ""]: readonly string[],
	{ giver, picture, roomId, gifts }: Awaited<ReturnType<typeof copied>>,
	balance: number | undefined
): Promise<void> {
	const { username, password } = giver;
	const session = await post<{ accessToken: string }>(edge, "/auth/sessions", {
		...{ username, password }
	});
	const back = { ...giver, accessToken: session.accessToken };
	const shop = giftShop([edge]);
	expect((await shop.balance(back)).balance).toBe(balance);
	const shown = await fetch(edge + picture);
	expect(Buffer.from(await shown.arrayBuffer())).toEqual(pictures.png.bytes);
	const { status, body } = await shop.give(back, roomId);
	expect(status).toBe(200);
	// No number is handed out a second time, though the table had forgotten the last ones.
	const highest = Math.max(...gifts.map(({ id }) => Number(id)));
	expect(Number(body.id) - highest).toBeGreaterThan(limits.idsSkippedByRestore / 2);
}

async function comesBack(name: string, source: Place, target: Place): Promise<void> {
	const copy = await copied(name, source);
	const data = join(folder, `${name}-target`);
	const place = { data, variables: target };
	const restored = await run("restore", ["--from", copy.to], place);
	expect(restored, restored.log).toMatchObject({ code: 0 });
	expect(restored.log).toContain("The ledger is whole");
	expect(restored.log).toContain("The stock is whole");
	const again = await run("restore", ["--from", copy.to], place);
	expect(again).toMatchObject({ code: 1, log: expect.stringMatching(/is not empty|is there/) });

	const env = loadEnv({ ...target, DATA_DIR: data });
	const { ids, balances, expected } = await readRestored(env, copy.people);
	expectOneMoment(copy.gifts, ids);
	expect(balances).toEqual(expected);

	const platform = await startEmbedded(data, { ...target, DEMO: "0" });
	stops.push(platform.stop);
	await opensAgain(platform.edges, copy, expected[0]);
	await platform.stop();
}

describe("backup and restore under traffic", () => {
	it("on SQLite", () => comesBack("sqlite", {}, {}), 120_000);

	const available = mariaDbCommand() && dumpProgram() && clientProgram();
	it.skipIf(!available)(
		"on MariaDB, into a fresh server",
		async () => {
			const [source, target] = await Promise.all(
				["old", "new"].map(async (name) => {
					const dataDir = join(folder, name);
					const pair = await startMariaDbPair({ dataDir, database: "shop", small: true });
					stops.push(() => pair.stop());
					return { MYSQL_URL: pair.primary.url };
				})
			);
			await comesBack("mariadb", source as Place, target as Place);
		},
		120_000
	);

	it("refuses what is no backup, or not the one that was made", async () => {
		const data = join(folder, "sqlite-source");
		const place = { data: join(folder, "elsewhere"), variables: {} };
		const none = await run("restore", ["--from", data], place);
		expect(none).toMatchObject({ code: 1, log: expect.stringContaining("holds no backup") });
		appendFileSync(join(folder, "sqlite-copy", "database.sqlite"), "x");
		const changed = await run("restore", ["--from", join(folder, "sqlite-copy")], place);
		expect(changed).toMatchObject({ code: 1, log: expect.stringContaining("not the file") });
	});
});
