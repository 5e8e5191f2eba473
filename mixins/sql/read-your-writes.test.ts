import type { Redis } from "ioredis";
import { expect, test } from "vitest";
import { limits } from "../../config/limits.ts";
import type { Sql } from "./index.ts";
import { readYourWrites } from "./read-your-writes.ts";

const replica = { name: "replica" } as unknown as Sql;
const sql = { name: "primary", replica } as unknown as Sql;
const pinMs = limits.readYourWritesSeconds * 1000;

/** What two nodes share, with a switch for when it cannot be reached. */
function fakeRedis(now: () => number) {
	const until = new Map<string, number>();
	const state = { reachable: true };
	const reach = () => {
		if (!state.reachable) throw new Error("Connection is closed.");
	};
	const redis = {
		async set(key: string, _value: string, _unit: "EX", seconds: number) {
			reach();
			until.set(key, now() + seconds * 1000);
		},
		async exists(key: string) {
			reach();
			return (until.get(key) ?? 0) > now() ? 1 : 0;
		}
	} as unknown as Redis;
	return { redis, state };
}

function cluster() {
	const clock = { now: 1_000_000 };
	const now = () => clock.now;
	const { redis, state } = fakeRedis(now);
	const [a, b] = [1, 2].map(() => readYourWrites({ sql, redis, now })) as [Node, Node];
	return { clock, state, a, b };
}
type Node = ReturnType<typeof readYourWrites>;

test("the writer reads from the primary on every node, then from the replica again", async () => {
	const { a, b, clock } = cluster();
	expect(await a.readerFor("7")).toBe(replica);
	await a.pin("7");
	for (const node of [a, b]) {
		expect(await node.readerFor("7")).toBe(sql);
		expect(await node.readerFor("8")).toBe(replica);
	}
	clock.now += pinMs - 1;
	for (const node of [a, b]) expect(await node.readerFor("7")).toBe(sql);
	clock.now += 2;
	for (const node of [a, b]) expect(await node.readerFor("7")).toBe(replica);
});

test("a second write moves the end of the pin", async () => {
	const { a, clock } = cluster();
	await a.pin("7");
	clock.now += pinMs - 1;
	await a.pin("7");
	clock.now += pinMs - 1;
	expect(await a.readerFor("7")).toBe(sql);
});

test("while Redis cannot be reached, and a little after, all read from the primary", async () => {
	const { a, b, clock, state } = cluster();
	state.reachable = false;
	await a.pin("7");
	expect(await a.readerFor("7")).toBe(sql);
	expect(await b.readerFor("8")).toBe(sql);
	state.reachable = true;
	clock.now += pinMs - 1;
	expect(await b.readerFor("8")).toBe(sql);
	clock.now += 2;
	expect(await b.readerFor("8")).toBe(replica);
});

test("without Redis a node knows its own writes; without a replica all is primary", async () => {
	const alone = readYourWrites({ sql, redis: undefined });
	await alone.pin("7");
	expect(await alone.readerFor("7")).toBe(sql);
	expect(await alone.readerFor("8")).toBe(replica);

	const single = { name: "single" } as unknown as Sql;
	Object.assign(single, { replica: single });
	const embedded = readYourWrites({ sql: single, redis: undefined });
	await embedded.pin("7");
	expect(await embedded.readerFor("8")).toBe(single);
});
