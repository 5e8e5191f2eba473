import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { Errors } from "moleculer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../config/limits.ts";
import type { DueQuery, OutboxRow } from "./outbox.model.ts";
import { Relay, type RelayStore } from "./outbox.relay.ts";

const impatient = { attemptsMax: 3, milliseconds: () => 5 };
const logger = { warn() {}, error() {} };
const outage = () => new Errors.MoleculerRetryableError("The bus is away.", 503, "BUS_DOWN");

const row = (id: string, changes: Partial<OutboxRow> = {}): OutboxRow => ({
	...{ id, channel: "things.made", payload: "{}", messageId: id, consumer: null },
	...{ requestId: null, attempts: 0, dueAt: new Date() },
	...changes
});

/** The table, as an array. */
class FakeStore implements RelayStore {
	rows: OutboxRow[] = [];
	readonly buried: OutboxRow[] = [];
	removeFails = 0;
	async due({ before, limit, except }: DueQuery): Promise<OutboxRow[]> {
		const read = this.rows
			.filter(({ dueAt, channel }) => dueAt <= before && !except.includes(channel))
			.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.id < b.id ? -1 : 1))
			.slice(0, limit);
		// The answer travels: meanwhile rows may be sent and deleted.
		await sleep(1);
		return read;
	}
	async remove(ids: readonly string[]): Promise<void> {
		if (this.removeFails-- > 0) throw new Error("The database is away.");
		this.rows = this.rows.filter(({ id }) => !ids.includes(id));
	}
	async postpone(id: string, next: { attempts: number; dueAt: Date }): Promise<void> {
		this.rows = this.rows.map((each) => (each.id === id ? { ...each, ...next } : each));
	}
	async bury(dead: OutboxRow): Promise<void> {
		this.buried.push(dead);
		await this.remove([dead.id]);
	}
}

let relay: Relay | undefined;
afterEach(() => relay?.stop());

function open(store: FakeStore, send: (message: { id: string; channel: string }) => Promise<void>) {
	relay = new Relay({ store, send, logger, retries: impatient });
	return relay;
}
const drained = (store: FakeStore, timeout = 5_000) =>
	vi.waitFor(() => expect(store.rows).toEqual([]), { timeout, interval: 5 });

describe("Relay", () => {
	it("sends each row once, in order, and deletes it", async () => {
		const store = new FakeStore();
		const sent: string[] = [];
		for (let index = 100; index < 900; index += 1) {
			store.rows.push(row(`m${index}`, { dueAt: new Date(0) }));
		}
		open(store, async ({ id }) => {
			sent.push(id);
			await sleep(1);
		});
		await drained(store);
		expect(sent).toEqual([...new Set(sent)].sort());
		expect(sent).toHaveLength(800);
	});

	it("sends each row once, however commits, answers and deletes interleave", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }),
				async (waits) => {
					const store = new FakeStore();
					const sent: string[] = [];
					const one = open(store, async ({ id }) => {
						sent.push(id);
						await sleep(Number(id.slice(-1)) % 4);
					});
					for (const [index, wait] of waits.entries()) {
						store.rows.push(row(`m${1_000 + index}${wait}`));
						one.wake();
						if (wait > 1) await sleep(wait);
					}
					await drained(store);
					await one.stop();
					expect(sent).toHaveLength(waits.length);
					expect(new Set(sent).size).toBe(waits.length);
				}
			),
			{ numRuns: 20 }
		);
	});

	it("never has more rows in hand than it may", async () => {
		const store = new FakeStore();
		for (let index = 0; index < 1_000; index += 1) store.rows.push(row(`m${10_000 + index}`));
		let inHand = 0;
		let most = 0;
		open(store, async () => {
			inHand += 1;
			most = Math.max(most, inHand);
			await sleep(2);
			inHand -= 1;
		});
		await drained(store);
		expect(most).toBeLessThanOrEqual(limits.outboxInFlightRowsMax);
		expect(most).toBeGreaterThan(1);
	});

	it("does not let a row that hangs or fails hold up the others", async () => {
		const store = new FakeStore();
		store.rows.push(row("a-hangs"), row("b-fails"), row("c"), row("d", { channel: "others.made" }));
		let finish: () => void = () => {};
		const hanging = new Promise<void>((resolve) => {
			finish = resolve;
		});
		open(store, async ({ id }) => {
			if (id === "a-hangs") await hanging;
			if (id === "b-fails") throw new Error("bad row");
		});
		await vi.waitFor(() => expect(store.buried.map(({ id }) => id)).toEqual(["b-fails"]), {
			timeout: 5_000
		});
		await vi.waitFor(() => expect(store.rows.map(({ id }) => id)).toEqual(["a-hangs"]));
		finish();
		await drained(store);
	});

	it("tries a failed row again and makes it a dead letter at the limit", async () => {
		const store = new FakeStore();
		store.rows.push(row("m1"), row("m2"));
		const tries: Record<string, number> = {};
		open(store, async ({ id }) => {
			tries[id] = (tries[id] ?? 0) + 1;
			if (id === "m1" || tries[id] < 3) throw new Error("bad row");
		});
		await drained(store);
		expect(tries).toEqual({ m1: 3, m2: 3 });
		expect(store.buried.map(({ id }) => id)).toEqual(["m1"]);
	});

	it("waits out an outage of one channel: no attempt is counted, others go on", async () => {
		const store = new FakeStore();
		store.rows.push(row("m1"), row("m2"), row("m3", { channel: "others.made" }));
		let isUp = false;
		let refused = 0;
		open(store, async ({ channel }) => {
			if (isUp || channel === "others.made") return;
			refused += 1;
			throw outage();
		});
		await vi.waitFor(() => expect(refused).toBeGreaterThan(2 * impatient.attemptsMax), {
			timeout: 5_000
		});
		expect(store.rows.map(({ id, attempts }) => [id, attempts])).toEqual([
			["m1", 0],
			["m2", 0]
		]);
		isUp = true;
		await drained(store);
		expect(store.buried).toEqual([]);
	});

	it("sends a delayed row when it is due, not before", async () => {
		const store = new FakeStore();
		const dueAt = new Date(Date.now() + 150);
		store.rows.push(row("later", { dueAt }), row("now"));
		const sentAt: Record<string, number> = {};
		open(store, async ({ id }) => {
			sentAt[id] = Date.now();
		});
		await drained(store);
		expect(sentAt.later).toBeGreaterThanOrEqual(dueAt.getTime());
		expect(sentAt.now).toBeLessThan(dueAt.getTime());
	});

	it("does not send again what it could not delete yet", async () => {
		const store = new FakeStore();
		store.rows.push(row("m1"));
		store.removeFails = 1;
		const sent: string[] = [];
		open(store, async ({ id }) => {
			sent.push(id);
		});
		await drained(store);
		expect(sent).toEqual(["m1"]);
	});

	it("ends what it has in hand and sends nothing more once stopped", async () => {
		const store = new FakeStore();
		store.rows.push(row("m1"));
		const sent: string[] = [];
		let finish: () => void = () => {};
		const hanging = new Promise<void>((resolve) => {
			finish = resolve;
		});
		const one = open(store, async ({ id }) => {
			sent.push(id);
			await hanging;
		});
		await vi.waitFor(() => expect(sent).toEqual(["m1"]));
		const stopping = one.stop();
		store.rows.push(row("m2"));
		one.wake();
		finish();
		await stopping;
		expect(store.rows.map(({ id }) => id)).toEqual(["m2"]);
		expect(sent).toEqual(["m1"]);
	});
});
