import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import {
	decide,
	heatOf,
	isOnAir,
	isOpen,
	type Move,
	mayStartAt,
	normaliseTitle,
	type RoomEvent,
	type RoomState,
	type Status,
	transitions
} from "./rooms.rules.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21) + seconds * 1000);

const fresh: RoomState = {
	status: "scheduled",
	sessionId: null,
	generation: 0,
	closedGeneration: 0,
	streaming: false,
	aired: false,
	pausedBy: null,
	pausedAt: null,
	startedAt: null,
	heardAt: null
};

const reached = (events: readonly RoomEvent[], from = fresh): RoomState =>
	events.reduce((state, event) => decide(state, event).state, from);

const started: RoomEvent = { type: "start", sessionId: "1", at: at(0) };
const published: RoomEvent = { type: "publish", at: at(1) };
const packets = (generation: number, second = 2): RoomEvent => ({
	type: "packets",
	generation,
	at: at(second)
});
const stopped = (generation: number, second = 3): RoomEvent => ({
	type: "stopped",
	generation,
	at: at(second)
});
const onAir = reached([started, published, packets(1)]);

describe("the state table", () => {
	const statuses = Object.keys(transitions) as Status[];
	const moves: Move[] = ["start", "pause", "end", "packets", "silence"];

	it("knows every state that it leads to, and every move", () => {
		for (const row of Object.values(transitions)) {
			for (const [move, next] of Object.entries(row)) {
				expect(statuses).toContain(next);
				expect(moves).toContain(move);
			}
		}
		expect(statuses).toEqual(["scheduled", "live", "paused", "ended"]);
	});

	it("reaches every state from the first, and the end from every state", () => {
		const reach = (from: Status): Set<Status> => {
			const seen = new Set<Status>([from]);
			for (const status of seen) {
				for (const next of Object.values(transitions[status])) seen.add(next);
			}
			return seen;
		};
		expect([...reach("scheduled")].sort()).toEqual([...statuses].sort());
		for (const status of statuses) expect(reach(status)).toContain("ended");
	});
});

describe("a session", () => {
	it("is live before packets and on air after them", () => {
		const waiting = decide(fresh, started);
		expect(waiting.state).toMatchObject({ status: "live", sessionId: "1" });
		expect(waiting.fact).toBeUndefined();
		expect(isOnAir(waiting.state)).toBe(false);
		const first = decide(reached([published], waiting.state), packets(1));
		expect(first.fact).toBe("wentLive");
		expect(isOnAir(first.state)).toBe(true);
		expect(decide(first.state, packets(1, 7)).fact).toBeUndefined();
	});

	it("is paused by silence, resumed by the next publish, ended by the grace", () => {
		const gone = decide(onAir, stopped(1));
		expect(gone).toMatchObject({ fact: "paused", state: { status: "paused", streaming: false } });
		const back = decide(reached([published], gone.state), packets(2));
		expect(back).toMatchObject({ fact: "resumed", state: { status: "live", pausedAt: null } });
		const early = decide(gone.state, { type: "grace-over", before: at(2), at: at(62) });
		expect(early.state).toBe(gone.state);
		const over = decide(gone.state, { type: "grace-over", before: at(4), at: at(64) });
		expect(over).toMatchObject({ fact: "ended", reason: "silence", state: { status: "ended" } });
		const resumed = decide(back.state, { type: "grace-over", before: at(99), at: at(99) });
		expect(resumed.state).toBe(back.state);
	});

	it("stays paused by its host while the encoder streams, and does not end", () => {
		const paused = reached([{ type: "pause", at: at(3) }, packets(1, 100)], onAir);
		expect(paused).toMatchObject({ status: "paused", pausedBy: "host", streaming: true });
		const over: RoomEvent = { type: "grace-over", before: at(60), at: at(120) };
		expect(decide(paused, over).state).toBe(paused);
		expect(decide(paused, started)).toMatchObject({ fact: "resumed", state: { status: "live" } });
	});

	it("whose host starts while the encoder is away goes on with its packets", () => {
		const away = reached([{ type: "pause", at: at(3) }, stopped(1)], onAir);
		expect(reached([published, packets(2)], away).status).toBe("paused");
		const lifted = reached([started], away);
		expect(lifted.status).toBe("paused");
		expect(reached([published, packets(2)], lifted).status).toBe("live");
	});

	it("that never has packets ends some time", () => {
		const waiting = reached([started]);
		const over: RoomEvent = { type: "never-aired", before: at(1), at: at(1801) };
		expect(decide(waiting, over).reason).toBe("no-stream");
		expect(decide(onAir, over).state).toBe(onAir);
	});

	it("goes silent by the clock and may be heard again", () => {
		const silent = reached([{ type: "silent", before: at(3), at: at(13) }], onAir);
		expect(silent.status).toBe("paused");
		expect(reached([packets(1, 14)], silent).status).toBe("live");
		const early: RoomEvent = { type: "silent", before: at(2), at: at(12) };
		expect(decide(onAir, early).state).toBe(onAir);
	});

	it("is not for the encoder of the session before it", () => {
		const end: RoomEvent = { type: "end", reason: "host", at: at(3) };
		const second = reached([end, { ...started, sessionId: "2" }], onAir);
		expect(second).toMatchObject({ status: "live", sessionId: "2", aired: false });
		expect(reached([packets(1, 4), stopped(1, 5)], second)).toBe(second);
	});

	it("on a rotated key is silent for good", () => {
		const rotated = reached([{ type: "key-rotated", at: at(3) }], onAir);
		expect(rotated).toMatchObject({ status: "paused", streaming: false });
		expect(reached([packets(1, 4)], rotated)).toBe(rotated);
	});
});

describe("in any order of events", () => {
	const second = fc.nat(300);
	const generation = fc.integer({ min: 0, max: 6 });
	const event: fc.Arbitrary<RoomEvent> = fc.oneof(
		second.map((s) => ({ type: "start" as const, sessionId: String(s + 1), at: at(s) })),
		second.map((s) => ({ type: "pause" as const, at: at(s) })),
		second.map((s) => ({ type: "end" as const, reason: "host" as const, at: at(s) })),
		second.map((s) => ({ type: "publish" as const, at: at(s) })),
		fc.tuple(generation, second).map(([g, s]) => packets(g, s)),
		fc.tuple(generation, second).map(([g, s]) => stopped(g, s)),
		second.map((s) => ({ type: "key-rotated" as const, at: at(s) })),
		second.map((s) => ({ type: "silent" as const, before: at(s), at: at(s) })),
		second.map((s) => ({ type: "grace-over" as const, before: at(s), at: at(s) })),
		second.map((s) => ({ type: "never-aired" as const, before: at(s), at: at(s) }))
	);

	it("a room keeps to its table, and its generations only rise", () => {
		fc.assert(
			fc.property(fc.array(event, { maxLength: 60 }), (events) => {
				let state = fresh;
				for (const each of events) {
					const { state: next, fact } = decide(state, each);
					if (next.status !== state.status) {
						expect(Object.values(transitions[state.status])).toContain(next.status);
					}
					expect(next.generation).toBeGreaterThanOrEqual(state.generation);
					expect(next.closedGeneration).toBeGreaterThanOrEqual(state.closedGeneration);
					expect(next.closedGeneration).toBeLessThanOrEqual(next.generation);
					if (next.streaming) expect(isOpen(next)).toBe(true);
					expect(next.status === "paused").toBe(next.pausedBy !== null);
					// A room that had a picture is never live without one: nobody would end it.
					if (next.status === "live" && next.aired) expect(next.streaming).toBe(true);
					if (next.pausedBy === "silence") expect(next.streaming).toBe(false);
					if (fact) expect(next).not.toBe(state);
					state = next;
				}
			})
		);
	});

	it("nothing told of an old generation changes anything", () => {
		const told = fc.tuple(fc.integer({ min: 0, max: 4 }), second, fc.boolean());
		fc.assert(
			fc.property(fc.array(told, { maxLength: 20 }), fc.boolean(), (late, hasEnded) => {
				const current = reached([published, published, published, published, packets(5)], onAir);
				const end: RoomEvent = { type: "end", reason: "host", at: at(9) };
				const state = hasEnded ? reached([end], current) : current;
				for (const [old, s, isPackets] of late) {
					const each = isPackets ? packets(old, s) : stopped(old, s);
					expect(decide(state, each).state).toBe(state);
				}
			})
		);
	});

	it("only its host brings an ended room back", () => {
		const others = event.filter(({ type }) => type !== "start");
		fc.assert(
			fc.property(fc.array(others, { maxLength: 30 }), (events) => {
				const ended = reached([{ type: "end", reason: "operator", at: at(9) }], onAir);
				expect(reached(events, ended)).toMatchObject({ status: "ended", streaming: false });
			})
		);
	});
});

describe("heat", () => {
	it("rises with viewers and with being newer, within an INTEGER column", () => {
		const since = fc.integer({ min: 0, max: 20 * 365 * 86_400 });
		const viewers = fc.integer({ min: 0, max: limits.viewersPerRoomMax });
		fc.assert(
			fc.property(viewers, viewers, since, (a, b, s) => {
				const [few, many] = a < b ? [a, b] : [b, a];
				expect(heatOf(few, at(s))).toBeLessThanOrEqual(heatOf(many, at(s)));
				expect(heatOf(few, at(s))).toBeLessThan(heatOf(few, at(s + 1)));
				expect(heatOf(many, at(s))).toBeLessThan(2 ** 31);
			})
		);
		expect(heatOf(1, at(0))).toBe(heatOf(0, at(1_800)));
	});
});

describe("words", () => {
	it.each([
		["  Tea   time ", "Tea time"],
		["茶 🍵", "茶 🍵"]
	])("reads %j as %j", (text, title) => {
		expect(normaliseTitle(text)).toBe(title);
	});

	it.each(["   ", "\u0000", "a\u202eb", "\n"])("refuses %j", (text) => {
		expect(normaliseTitle(text)).toBeUndefined();
	});

	it("announces rooms for the future only", () => {
		expect(mayStartAt(at(60), at(0))).toBe(true);
		expect(mayStartAt(at(-3_600), at(0))).toBe(false);
		expect(mayStartAt(at(limits.roomScheduleSecondsMax + 1), at(0))).toBe(false);
	});
});
