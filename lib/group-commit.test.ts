import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorType } from "./errors.ts";
import { type GroupCommitOptions, groupCommit } from "./group-commit.ts";

interface Item {
	readonly id: number;
	readonly bytes: number;
	readonly poisoned?: boolean;
}

type Options = Partial<GroupCommitOptions<Item, number>>;

/** A group over a store that remembers its batches; a poisoned item rolls its batch back. */
function recorded(options: Options = {}, delays: readonly number[] = [0]) {
	const attempts: (readonly Item[])[] = [];
	const committed: number[][] = [];
	let running = 0;
	let runningMost = 0;
	const group = groupCommit<Item, number>({
		itemsMax: 10,
		bytesMax: 1_000,
		bytesOf: (item) => item.bytes,
		queueItemsMax: 10_000,
		queueBytesMax: 1_000_000,
		async commit(items) {
			running += 1;
			runningMost = Math.max(runningMost, running);
			attempts.push(items);
			for (let turns = delays[attempts.length % delays.length] ?? 0; turns > 0; turns--) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			running -= 1;
			const poisoned = items.find((item) => item.poisoned);
			if (poisoned) throw new Error(`poisoned ${poisoned.id}`);
			committed.push(items.map((item) => item.id));
			return items.map((item) => item.id * 2);
		},
		...options
	});
	return { group, attempts, committed, runningMost: () => runningMost };
}

const item = (id: number, extra: Partial<Item> = {}): Item => ({ id, bytes: 1, ...extra });

const plans = fc.array(
	fc.record({
		bytes: fc.integer({ min: 0, max: 40 }),
		poisoned: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
		pause: fc.boolean()
	}),
	{ maxLength: 80 }
);
const settings = fc.record({
	itemsMax: fc.integer({ min: 1, max: 12 }),
	bytesMax: fc.integer({ min: 20, max: 100 }),
	queueItemsMax: fc.integer({ min: 1, max: 40 }),
	queueBytesMax: fc.integer({ min: 1, max: 400 }),
	batchesInFlightMax: fc.integer({ min: 1, max: 3 }),
	waitMsMax: fc.constantFrom(0, 1)
});
const delays = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describe("properties", () => {
	test("every submit settles once with its own verdict, within all bounds, in order", async () => {
		await fc.assert(
			fc.asyncProperty(plans, settings, delays, async (plan, bounds, pauses) => {
				const { group, attempts, committed, runningMost } = recorded(bounds, pauses);
				const acceptedMost = bounds.queueItemsMax + bounds.itemsMax * bounds.batchesInFlightMax;
				const outcomes: Promise<number | string>[] = [];
				for (const [id, { pause, ...rest }] of plan.entries()) {
					if (pause) await new Promise((resolve) => setImmediate(resolve));
					outcomes.push(
						group.submit({ id, ...rest }).catch((error) => errorType(error) ?? error.message)
					);
					expect(group.size).toBeLessThanOrEqual(acceptedMost);
				}
				await group.stop();
				expect(group.size).toBe(0);

				const done = committed.flat();
				expect(new Set(done).size).toBe(done.length);
				if (bounds.batchesInFlightMax === 1) expect(done).toEqual(ascending(done));
				expect(runningMost()).toBeLessThanOrEqual(bounds.batchesInFlightMax);
				for (const [id, outcome] of (await Promise.all(outcomes)).entries()) {
					const refused = outcome === "BUSY" || outcome === "PAYLOAD_TOO_LARGE";
					if (!refused) expect(outcome).toBe(plan[id]?.poisoned ? `poisoned ${id}` : id * 2);
					expect(done.includes(id)).toBe(outcome === id * 2);
				}
				for (const batch of attempts) {
					const ids = batch.map((entry) => entry.id);
					expect(ids).toEqual(ascending(ids));
					expect(ids.length).toBeLessThanOrEqual(bounds.itemsMax);
					const bytes = batch.reduce((sum, entry) => sum + entry.bytes, 0);
					expect(bytes).toBeLessThanOrEqual(bounds.bytesMax);
				}
			}),
			{ numRuns: 150 }
		);
	});
});

describe("batching", () => {
	test("what is submitted in one turn shares a commit", async () => {
		const { group, attempts } = recorded();
		await Promise.all([1, 2, 3].map((id) => group.submit(item(id))));
		expect(attempts.map((batch) => batch.length)).toEqual([3]);
	});

	test("while a commit runs the next batch gathers", async () => {
		const { group, attempts } = recorded({}, [5]);
		const first = group.submit(item(1));
		while (attempts.length === 0) await new Promise((resolve) => setImmediate(resolve));
		const rest = [2, 3, 4, 5].map((id) => group.submit(item(id)));
		await Promise.all([first, ...rest]);
		expect(attempts.map((batch) => batch.length)).toEqual([1, 4]);
	});

	test("a lone item does not wait for the window", async () => {
		const { group } = recorded({ waitMsMax: 2 ** 30 });
		expect(await group.submit(item(1))).toBe(2);
		expect(await group.submit(item(2))).toBe(4);
	});

	test("a full batch does not wait for the window, and neither does stop", async () => {
		const { group, attempts } = recorded({ waitMsMax: 2 ** 30, itemsMax: 2 });
		await Promise.all([1, 2].map((id) => group.submit(item(id))));
		await Promise.all([3, 4].map((id) => group.submit(item(id))));
		const last = group.submit(item(5));
		await group.stop();
		expect(await last).toBe(10);
		expect(attempts.map((batch) => batch.length)).toEqual([2, 2, 1]);
	});
});

test("a commit runs in the async flow of no caller", async () => {
	const flow = new AsyncLocalStorage<string>();
	const flows: (string | undefined)[] = [];
	const { group } = recorded({
		async commit(items) {
			flows.push(flow.getStore());
			return items.map(({ id }) => id * 2);
		}
	});
	await flow.run("a request", () => group.submit(item(1)));
	expect(flows).toEqual([undefined]);
});

describe("errors", () => {
	test("one poisoned item of many costs few more commits and nobody else", async () => {
		const { group, attempts, committed } = recorded({ itemsMax: 128 });
		const outcomes = await Promise.allSettled(
			Array.from({ length: 128 }, (_, id) => group.submit(item(id, { poisoned: id === 77 })))
		);
		expect(outcomes.filter((outcome) => outcome.status === "rejected").length).toBe(1);
		expect(committed.flat().length).toBe(127);
		expect(attempts.length).toBe(15);
	});

	test.each(["COMMIT_OUTCOME_UNKNOWN", "UNAVAILABLE", "BUSY"])(
		"%s goes to all and is not tried again",
		async (type) => {
			let commits = 0;
			const { group } = recorded({
				async commit() {
					commits += 1;
					throw Object.assign(new Error("lost"), { type });
				}
			});
			const all = await Promise.allSettled([1, 2, 3, 4].map((id) => group.submit(item(id))));
			expect(commits).toBe(1);
			for (const outcome of all) {
				expect(outcome).toMatchObject({ status: "rejected", reason: { type } });
			}
		}
	);

	test("what belongs to the whole batch may be told otherwise", async () => {
		const { group, attempts } = recorded({ isBatchError: () => true });
		const all = await Promise.allSettled(
			[1, 2, 3].map((id) => group.submit(item(id, { poisoned: id === 2 })))
		);
		expect(all.every((outcome) => outcome.status === "rejected")).toBe(true);
		expect(attempts.length).toBe(1);
	});

	test("too few verdicts: nothing runs again and all are told", async () => {
		let commits = 0;
		const { group } = recorded({
			async commit() {
				commits += 1;
				return [1];
			}
		});
		const all = await Promise.allSettled([1, 2].map((id) => group.submit(item(id))));
		expect(commits).toBe(1);
		for (const outcome of all) {
			expect(outcome).toMatchObject({ status: "rejected", reason: { type: "INTERNAL" } });
		}
	});

	test("a full queue answers BUSY with a time to come back", async () => {
		const { group } = recorded({ queueItemsMax: 2, itemsMax: 1 }, [50]);
		const accepted = [1, 2, 3].map((id) => group.submit(item(id)));
		await expect(group.submit(item(4))).rejects.toMatchObject({
			type: "BUSY",
			code: 503,
			data: { retryAfterMs: expect.any(Number) }
		});
		expect(await Promise.all(accepted)).toEqual([2, 4, 6]);
	});

	test("after stop nothing is accepted", async () => {
		const { group } = recorded();
		await group.stop();
		await expect(group.submit(item(1))).rejects.toMatchObject({ type: "UNAVAILABLE" });
	});
});
