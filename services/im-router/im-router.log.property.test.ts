/** The log of a room under any interleaving of three routers, retries, wipes and restarts. */
import * as fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, storeBackends } from "../../test/harness/backends.ts";
import { historyOf } from "./im-router.rules.ts";
import { memoryRouterStore } from "./im-router.store.memory.ts";
import { redisRouterStore } from "./im-router.store.redis.ts";
import { type Appended, type LogEnd, type RoomStore, routerBounds } from "./im-router.store.ts";

const bounds = { ...routerBounds, logLinesMax: 12, pageLinesMax: 8, freshLines: 3 };

const router = fc.nat(2);
const step = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.record({
			...{ do: fc.constant("say" as const), router },
			together: fc.integer({ min: 1, max: 3 })
		})
	},
	{
		weight: 3,
		arbitrary: fc.record({ do: fc.constant("retry" as const), router, which: fc.nat() })
	},
	{
		weight: 4,
		arbitrary: fc.record({ do: fc.constant("read" as const), router, which: fc.nat() })
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("wipe" as const), router }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), router }) }
);

/** What all that happened must add up to. */
class Record {
	/** Of each epoch, which line has which number. */
	readonly epochs = new Map<string, Map<number, string>>();
	readonly answers = new Map<string, LogEnd>();
	/** Ends that readers know of, with the ids of the lines that they have seen. */
	readonly positions: LogEnd[] = [];

	said(origin: string, { epoch, offset, isNew }: LogEnd & { isNew: boolean }): void {
		const first = this.answers.get(origin);
		if (!isNew) {
			expect({ epoch, offset }).toEqual(first);
			return;
		}
		const lines = this.epochs.get(epoch) ?? new Map<number, string>();
		this.epochs.set(epoch, lines);
		expect(lines.has(offset)).toBe(false);
		lines.set(offset, origin);
		this.answers.set(origin, { epoch, offset });
		this.positions.push({ epoch, offset });
	}

	/** Offsets of an epoch have no gaps. */
	check(): void {
		for (const lines of this.epochs.values()) {
			const offsets = [...lines.keys()].sort((left, right) => left - right);
			const [first = 0] = offsets;
			expect(offsets).toEqual(offsets.map((_, index) => first + index));
		}
	}
}

async function read(store: RoomStore, record: Record, after: LogEnd | undefined) {
	const page = historyOf(await store.read("1", after), after);
	const offsets = page.items.map(({ offset = 0 }) => offset);
	// Whatever it is, it goes up to the end without a hole.
	expect(offsets).toEqual(offsets.map((_, index) => page.offset - offsets.length + 1 + index));
	if (page.recovered && after) {
		expect(page.epoch).toBe(after.epoch);
		expect(offsets).toHaveLength(page.offset - after.offset);
		const known = record.epochs.get(page.epoch);
		for (const { id, offset = 0 } of page.items) expect(id).toBe(known?.get(offset));
	}
	// Nothing is called lost that could be had.
	if (after && after.epoch === page.epoch && page.offset - after.offset <= bounds.pageLinesMax) {
		expect(page.recovered).toBe(true);
	}
}

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`the log on ${backend.name}`, () => {
		let opened: Opened;
		let clients: Redis[];
		beforeAll(async () => {
			opened = await backend.open();
			const url = opened.env.redisUrl;
			clients = url === undefined ? [] : Array.from({ length: 3 }, () => new Redis(url));
		});
		afterAll(async () => {
			for (const client of clients) client.disconnect();
			await opened.close();
		});

		/** Three routers over one store that can be wiped, or started again. */
		function routers() {
			let run = 1;
			const shared = { store: memoryRouterStore(bounds).rooms };
			const own = clients.map(
				(client) => redisRouterStore(client, bounds, async () => `${run}`).rooms
			);
			return {
				of: (index: number) => own[index] ?? shared.store,
				async wipe() {
					shared.store = memoryRouterStore(bounds).rooms;
					await clients[0]?.flushdb();
				},
				restart() {
					run += 1;
				}
			};
		}

		it("numbers densely, repeats nothing, and never hides a gap", async () => {
			const steps = fc.array(step, { minLength: 1, maxLength: 60 });
			const play = fc.asyncProperty(steps, async (all) => {
				const three = routers();
				await three.wipe();
				const record = new Record();
				let running: Promise<unknown>[] = [];
				const say = async (index: number, ...origins: string[]) => {
					const lines = origins.map((id) => ({ origin: id, id, text: JSON.stringify({ id }) }));
					const answers = await three.of(index).append("1", lines);
					for (const [at, { id }] of lines.entries()) record.said(id, answers[at] as Appended);
				};
				const settle = async () => {
					await Promise.all(running);
					running = [];
				};
				for (const [at, each] of all.entries()) {
					const known = [...record.answers.keys()];
					if (each.do === "say") {
						const origins = [1, 2, 3].slice(0, each.together).map((one) => `line-${at}-${one}`);
						running.push(say(each.router, ...origins));
					} else if (each.do === "read") {
						await settle();
						const after = [...record.positions, undefined][
							each.which % (record.positions.length + 1)
						];
						await read(three.of(each.router), record, after);
					} else if (each.do === "retry" && known.length > 0) {
						running.push(say(each.router, known[each.which % known.length] as string));
					} else if (each.do === "wipe") {
						await settle();
						await three.wipe();
						// The answers are forgotten with the rest: what comes again is new.
						record.answers.clear();
					} else if (each.do === "restart") {
						await settle();
						three.restart();
					}
				}
				await settle();
				record.check();
			});
			await fc.assert(play, { numRuns: backend.name === "redis" ? 60 : 200 });
		});
	});
}
