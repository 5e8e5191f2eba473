import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "../../test/harness/until.ts";
import { Hold, type HoldSetup } from "./lease.hold.ts";
import { memoryLeaseStore } from "./lease.store.memory.ts";
import type { LeaseStore } from "./lease.store.ts";

const lost = expect.objectContaining({ type: "LEASE_LOST", data: { lease: "sweep" } });

/** A contender that writes down what happens to it. */
async function contender(store: LeaseStore, extra: Partial<HoldSetup> = {}) {
	const events: string[] = [];
	const warnings: unknown[][] = [];
	const hold = new Hold({
		name: "sweep",
		holder: crypto.randomUUID(),
		store,
		ttlMs: 60_000,
		logger: { warn: (...words) => warnings.push(words) },
		onGained: () => void events.push("gained"),
		onLost: () => void events.push("lost"),
		...extra
	});
	onTestFinished(() => hold.release());
	await hold.start();
	return { hold, events, warnings };
}

/**
 * The memory store over a clock that only the test moves (a slow machine cannot make a lease end),
 * with an outage that the test switches.
 */
function world() {
	let at = 1_000;
	let isAway = false;
	const now = () => at;
	const memory = memoryLeaseStore(now);
	const reach = <T>(step: () => Promise<T>): Promise<T> => {
		if (isAway) throw new Error("store is away");
		return step();
	};
	const store: LeaseStore = {
		acquire: async (claim) => reach(() => memory.acquire(claim)),
		renew: async (claim) => reach(() => memory.renew(claim)),
		release: async (claim) => reach(() => memory.release(claim))
	};
	return {
		store,
		now,
		pass: (ms: number) => {
			at += ms;
		},
		away: (value: boolean) => {
			isAway = value;
		}
	};
}

describe("holding", () => {
	test("one gains it; a second waits until it is released, under a higher token", async () => {
		const { store, now } = world();
		const first = await contender(store, { now });
		const second = await contender(store, { now, ttlMs: 60 });
		expect(first.events).toEqual(["gained"]);
		expect(second.events).toEqual([]);
		expect(() => second.hold.ensure()).toThrow(lost);
		const token = first.hold.ensure();
		await first.hold.release();
		expect(first.events).toEqual(["gained", "lost"]);
		expect(() => first.hold.ensure()).toThrow(lost);
		await until(() => second.events.includes("gained"));
		expect(second.hold.ensure()).toBeGreaterThan(token);
	});

	test("it is renewed for as long as it is wanted", async () => {
		const { store, now } = world();
		let renewals = 0;
		const renew: LeaseStore["renew"] = (claim) => {
			renewals += 1;
			return store.renew(claim);
		};
		const { hold, events } = await contender({ ...store, renew }, { now, ttlMs: 60 });
		const token = hold.ensure();
		await until(() => renewals >= 4);
		expect(hold.token).toBe(token);
		expect(events).toEqual(["gained"]);
	});

	test("a lease that was taken away is noticed at the next renewal and contended for", async () => {
		const { store, now } = world();
		const { hold, events } = await contender(store, { now, ttlMs: 60, holder: "me" });
		const token = hold.ensure();
		await store.release({ name: "sweep", holder: "me" });
		await until(() => events.length >= 3);
		expect(events.slice(0, 3)).toEqual(["gained", "lost", "gained"]);
		expect(hold.ensure()).toBeGreaterThan(token);
	});

	test("release waits until the work has stopped, and only then lets others in", async () => {
		const { store, now } = world();
		const work = Promise.withResolvers<void>();
		const first = await contender(store, { now, onLost: () => work.promise });
		const released = first.hold.release();
		expect(await store.acquire({ name: "sweep", holder: "x", ttlMs: 1 })).toHaveProperty(
			"retryInMs"
		);
		work.resolve();
		await released;
		expect(await store.acquire({ name: "sweep", holder: "x", ttlMs: 1 })).toHaveProperty("token");
	});

	test("an error of the holder's own code is logged and changes nothing", async () => {
		const fail = () => {
			throw new Error("broken work");
		};
		const { hold, warnings } = await contender(world().store, {
			onGained: fail,
			onLost: async () => fail()
		});
		expect(hold.ensure()).toBeGreaterThan(0);
		await hold.release();
		expect(warnings.length).toBe(2);
	});
});

describe("a store that is away", () => {
	test("the holder gives up before the store would let another in", async () => {
		const { store, now, pass, away } = world();
		const { hold, events } = await contender(store, { now });
		away(true);
		pass(49_000);
		expect(hold.ensure()).toBeGreaterThan(0);
		pass(1_000);
		expect(() => hold.ensure()).toThrow(lost);
		expect(events).toEqual(["gained", "lost"]);
		away(false);
		// 50 of 60 seconds have passed: the store still keeps everybody else out.
		const other = await store.acquire({ name: "sweep", holder: "other", ttlMs: 1 });
		expect(other).toEqual({ retryInMs: 10_000 });
	});

	test("after a pause longer than the ttl the first look tells", async () => {
		const { store, now, pass } = world();
		const first = await contender(store, { now });
		const token = first.hold.ensure();
		pass(60_000);
		const second = await contender(store, { now });
		expect(second.hold.ensure()).toBeGreaterThan(token);
		expect(() => first.hold.ensure()).toThrow(lost);
		expect(first.events).toEqual(["gained", "lost"]);
	});

	test("an answer that comes after its time gains nothing", async () => {
		const { store, now, pass } = world();
		const late: LeaseStore["acquire"] = async (claim) => {
			const acquired = await store.acquire(claim);
			pass(55_000);
			return acquired;
		};
		const { hold, events } = await contender({ ...store, acquire: late }, { now });
		expect(() => hold.ensure()).toThrow(lost);
		expect(events).toEqual([]);
	});

	test("is told once, and tried again until it is back", async () => {
		const { store, now, away } = world();
		away(true);
		const { hold, warnings } = await contender(store, { now, ttlMs: 30 });
		expect(hold.token).toBeUndefined();
		away(false);
		await until(() => hold.token !== undefined);
		expect(warnings.length).toBe(1);
		away(true);
		await hold.release();
	});
});

describe("work that may go on while the store is away", () => {
	/** Tells of each beginning and end; steps follow each other within milliseconds. */
	const opted = (setup: Partial<HoldSetup> = {}) => {
		const events: string[] = [];
		const extra: Partial<HoldSetup> = {
			...{ ttlMs: 60, ...setup },
			onGained: () => void events.push("gained"),
			onStoreAway: () => void events.push("alone"),
			onLost: () => void events.push("ended")
		};
		return { events, extra };
	};

	test("the holder goes on, through the end of its lease and the next gain", async () => {
		const { store, now, pass, away } = world();
		const { events, extra } = opted({ now });
		const { hold, warnings } = await contender(store, extra);
		const token = hold.ensure();
		away(true);
		await until(() => warnings.length > 0);
		pass(60);
		expect(() => hold.ensure()).toThrow(lost);
		expect(hold.isOn).toBe(true);
		away(false);
		await until(() => hold.token !== undefined);
		expect(hold.ensure()).toBeGreaterThan(token);
		expect(events).toEqual(["gained"]);
		await hold.release();
		expect(events).toEqual(["gained", "ended"]);
	});

	test("the others begin, without a token, and end when they hear of a holder", async () => {
		const { store, now, away } = world();
		const holder = await contender(store, { now });
		const { events, extra } = opted({ now });
		const { hold } = await contender(store, extra);
		expect(hold.isOn).toBe(false);
		away(true);
		await until(() => hold.isOn);
		expect(hold.token).toBeUndefined();
		expect(() => hold.ensure()).toThrow(lost);
		away(false);
		await until(() => !hold.isOn);
		expect(events).toEqual(["alone", "ended"]);
		expect(holder.hold.ensure()).toBeGreaterThan(0);
		expect(holder.events).toEqual(["gained"]);
	});

	test("a store that is away from the start keeps nobody from it", async () => {
		const { store, now, away } = world();
		away(true);
		const { events, extra } = opted({ now });
		const { hold } = await contender(store, extra);
		expect([hold.isOn, events]).toEqual([true, ["alone"]]);
		away(false);
		await until(() => hold.token !== undefined);
		expect(events).toEqual(["alone"]);
	});

	test("one that lost its lease to another does not go on", async () => {
		const { store, now } = world();
		const { events, extra } = opted({ now, holder: "me" });
		const { hold } = await contender(store, extra);
		hold.ensure();
		await store.release({ name: "sweep", holder: "me" });
		await store.acquire({ name: "sweep", holder: "other", ttlMs: 60_000 });
		await until(() => events.includes("ended"));
		expect(hold.isOn).toBe(false);
		expect(events).toEqual(["gained", "ended"]);
	});

	test("one whose time is over, before the store was known to be away, stops", async () => {
		const { store, now, pass } = world();
		const { events, extra } = opted({ now, ttlMs: 60_000 });
		const { hold } = await contender(store, extra);
		pass(60_000);
		expect(hold.isOn).toBe(false);
		expect(events).toEqual(["gained", "ended"]);
	});

	test("release ends it for good, after its work has stopped", async () => {
		const { store, now, away } = world();
		away(true);
		const work = Promise.withResolvers<void>();
		const { events, extra } = opted({ now });
		const onLost = () => work.promise.then(() => void events.push("ended"));
		const { hold } = await contender(store, { ...extra, onLost });
		const released = hold.release().then(() => events.push("released"));
		expect(hold.isOn).toBe(false);
		work.resolve();
		await released;
		expect(events).toEqual(["alone", "ended", "released"]);
	});

	test("whoever did not opt in rests", async () => {
		const { store, now, pass, away } = world();
		const { hold, events } = await contender(store, { now, ttlMs: 60 });
		away(true);
		pass(60);
		await until(() => events.includes("lost"));
		expect([hold.isOn, hold.token]).toEqual([false, undefined]);
	});
});
