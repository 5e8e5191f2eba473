/** U7: no tag is lost, and every change works on every node within a second. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterEach, describe, expect, it } from "vitest";
import type { Env } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { readBits } from "../../services/tags/tags.model.ts";
import { type Tag, tagNames, tagsOf } from "../../services/tags/tags.rules.ts";
import tagsService from "../../services/tags/tags.service.ts";
import { type Backend, sqlBackends, storeBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { until } from "../harness/until.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function open(backend: Backend<string>, variables: Record<string, string> = {}) {
	const { env, close } = await backend.open({ variables });
	closing.push(close);
	return env;
}

/** Users 1 to 99 exist. */
const fakeUsers = {
	name: "users",
	actions: {
		account: {
			auth: "internal",
			handler({ params }: { params: { id: string } }) {
				if (Number(params.id) > 99) throw commonErrors.NOT_FOUND();
				return { banned: false };
			}
		}
	}
} as unknown as ServiceSchema;

const fakeAdmin = {
	name: "admin",
	actions: { record: { auth: "internal", handler: () => ({ id: "1" }) } }
} as unknown as ServiceSchema;

async function start(env: Env): Promise<ServiceBroker> {
	const services = [tagsService, fakeUsers, fakeAdmin];
	const broker = await startBroker({ env, services, migrate: true });
	closing.push(() => broker.stop());
	return broker;
}

const tagsOn = async (broker: ServiceBroker, userId: string): Promise<string[]> => {
	const { items } = await typed(broker).call("tags.of", { userIds: [userId] });
	return items[0]?.tags ?? [];
};

interface Fact {
	readonly userId: string;
	readonly tag: Tag;
	readonly set: boolean;
	readonly by: string | null;
}

/**
 * The tags of user 7 as they stand in the database, and what the outbox holds of `tags.changed`,
 * at one moment. No relay runs here to take it away.
 */
async function bitsAndFacts(env: Env): Promise<{ tags: Tag[]; facts: Fact[] }> {
	const db = openSql(env);
	try {
		return await db.transaction(async (tx) => {
			const bits = (await readBits(tx, ["7"])).get("7") ?? 0n;
			const rows = await tx.query<{ payload: string }>(
				"SELECT payload FROM outbox_messages WHERE channel = ? ORDER BY id",
				["tags.changed"]
			);
			return { tags: tagsOf(bits), facts: rows.map(({ payload }) => JSON.parse(payload)) };
		});
	} finally {
		await db.close();
	}
}

describe.each(sqlBackends)("tags on $name", (backend) => {
	it.skipIf(!backend.available)("tags.set, tags.cancel and tags.of", async () => {
		const env = await open(backend);
		const broker = await start(env);
		const platform = typed(broker);
		const host = { userId: "7", tag: "host" as const };
		expect(await tagsOn(broker, "7")).toEqual([]);
		expect(await platform.call("tags.cancel", host)).toEqual({ changed: false });
		expect(await platform.call("tags.set", host)).toEqual({ changed: true });
		expect(await platform.call("tags.set", host)).toEqual({ changed: false });
		await platform.call("tags.set", { userId: "7", tag: "vip" });
		expect(await platform.call("tags.of", { userIds: ["8", "7", "8"] })).toEqual({
			items: [
				{ userId: "8", tags: [] },
				{ userId: "7", tags: ["host", "vip"] },
				{ userId: "8", tags: [] }
			]
		});
		expect(await platform.call("tags.cancel", host)).toEqual({ changed: true });
		expect(await tagsOn(broker, "7")).toEqual(["vip"]);
		expect((await bitsAndFacts(env)).facts).toEqual([
			{ ...host, set: true, by: null },
			{ userId: "7", tag: "vip", set: true, by: null },
			{ ...host, set: false, by: null }
		]);
	});

	it.skipIf(!backend.available)("refuses what is no user, no tag or too much", async () => {
		const broker = await start(await open(backend));
		const refused: [string, object][] = [
			["tags.set", { userId: "7", tag: "emperor" }],
			["tags.set", { userId: "7", tag: "constructor" }],
			["tags.set", { userId: "-7", tag: "host" }],
			["tags.cancel", { userId: 7, tag: "host" }],
			["tags.of", { userIds: ["7 OR 1=1"] }],
			["tags.of", { userIds: Array(limits.idsPerRequestMax + 1).fill("7") }]
		];
		for (const [action, params] of refused) {
			await expect(broker.call(action, params), action).rejects.toMatchObject({ code: 422 });
		}
	});

	it.skipIf(!backend.available)("1,000 changes at once leave the exact bits", async () => {
		const env = await open(backend);
		// SQLite serves one process; MariaDB is written from two nodes.
		const brokers = [await start(env)];
		if (backend.name === "mariadb") brokers.push(await start(env));
		const told = { true: 0, false: 0, unknown: 0 };
		async function change(at: number): Promise<void> {
			const action = (at * 7) % 3 > 0 ? "tags.set" : "tags.cancel";
			const broker = typed(brokers[at % brokers.length] as ServiceBroker);
			try {
				const params = { userId: "7", tag: tagNames[at % 4] as Tag };
				const { changed } = await broker.call(action, params);
				told[`${changed}`]++;
			} catch (error) {
				// All want the same row: on a slow machine the last ones are not answered in time.
				if (!isError(error, "REQUEST_TIMEOUT") && !isError(error, "BUSY")) throw error;
				told.unknown++;
			}
		}
		// The first tag of a user takes longer than the others: all 1,000 would wait for it.
		await change(7);
		await Promise.all(
			Array.from({ length: 1_000 }, async (_, at) => {
				// Arriving over a moment, they mix; all at once, one kind would run before the other.
				await sleep((at * 7_919) % 250);
				await change(at);
			})
		);
		expect(told.true).toBeGreaterThan(100);

		// A change and its fact commit together: set and cancelled alternate up to the final bit.
		const { tags, facts } = await bitsAndFacts(env);
		for (const tag of tagNames) {
			const changes = facts.filter((fact) => fact.tag === tag).map((fact) => fact.set);
			const sets = changes.filter((set) => set).length;
			expect(sets - (changes.length - sets), tag).toBe(tags.includes(tag) ? 1 : 0);
		}
		expect(facts.length).toBeGreaterThanOrEqual(told.true);
		expect(facts.length).toBeLessThanOrEqual(told.true + told.unknown);
		for (const broker of brokers) {
			await until(async () => {
				const seen = await tagsOn(broker, "7");
				return `${seen}` === `${(await bitsAndFacts(env)).tags}`;
			});
		}
	});

	it.skipIf(!backend.available)("the first tags of a user, all set at once", async () => {
		const broker = await start(await open(backend));
		const answers = await Promise.all(
			Array.from({ length: 40 }, (_, at) =>
				typed(broker).call("tags.set", { userId: "7", tag: at % 2 === 0 ? "host" : "vip" })
			)
		);
		expect(answers.filter(({ changed }) => changed)).toHaveLength(2);
		expect(await tagsOn(broker, "7")).toEqual(["host", "vip"]);
	});

	it.skipIf(!backend.available)("tags.grant and tags.revoke are for operators alone", async () => {
		const env = await open(backend);
		const broker = await start(env);
		const by = (id?: string) => (id ? { meta: { user: { id, sessionId: "1" } } } : {});
		const verified = { userId: "7", tag: "verified" as const };
		const platform = typed(broker);
		await platform.call("tags.set", { userId: "1", tag: "operator" });
		await platform.call("tags.set", { userId: "2", tag: "host" });
		for (const action of ["tags.grant", "tags.revoke"] as const) {
			const refused = { guest: by(), host: by("2"), stranger: by("3") };
			await expect(platform.call(action, verified, refused.guest)).rejects.toMatchObject({
				type: "UNAUTHENTICATED"
			});
			await expect(platform.call(action, verified, refused.host)).rejects.toMatchObject({
				type: "FORBIDDEN"
			});
			await expect(platform.call(action, verified, refused.stranger)).rejects.toMatchObject({
				type: "FORBIDDEN"
			});
		}
		expect(await tagsOn(broker, "7")).toEqual([]);
		expect(await platform.call("tags.grant", verified, by("1"))).toEqual({ changed: true });
		expect(await tagsOn(broker, "7")).toEqual(["verified"]);
		await expect(
			platform.call("tags.grant", { ...verified, userId: "100" }, by("1"))
		).rejects.toMatchObject({ type: "NOT_FOUND" });
		expect(await platform.call("tags.revoke", verified, by("1"))).toEqual({ changed: true });
		expect((await bitsAndFacts(env)).facts.slice(2)).toEqual([
			{ ...verified, set: true, by: "1" },
			{ ...verified, set: false, by: "1" }
		]);
		// Who loses the tag loses what it allows.
		await platform.call("tags.cancel", { userId: "1", tag: "operator" });
		await expect(platform.call("tags.grant", verified, by("1"))).rejects.toMatchObject({
			type: "FORBIDDEN"
		});
	});
});

const redis = storeBackends.find(({ name }) => name === "redis");
const [sqlite] = sqlBackends;

describe("a change on one node", () => {
	async function seenOnTheOther(env: Env): Promise<void> {
		const [writer, reader] = [await start(env), await start(env)];
		const host = { userId: "7", tag: "host" as const };
		for (const set of [true, false, true]) {
			const before = await tagsOn(reader, "7");
			expect(before).toEqual(set ? [] : ["host"]);
			await typed(writer).call(set ? "tags.set" : "tags.cancel", host);
			await until(
				async () => (await tagsOn(reader, "7")).includes("host") === set,
				limits.tagsAgeMillisecondsMax + 200
			);
		}
	}

	it.skipIf(!redis?.available)("is seen on the other within a second, with Redis", async () => {
		const { redisUrl = "" } = await open(redis as Backend<"redis">);
		await seenOnTheOther(await open(sqlite as Backend<"sqlite">, { REDIS_URL: redisUrl }));
	});

	it("is seen on the other within a second, though no message reaches it", async () => {
		await seenOnTheOther(await open(sqlite as Backend<"sqlite">));
	});
});
