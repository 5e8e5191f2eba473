import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import {
	type IntentState,
	isAnomaly,
	judge,
	type Move,
	nextLook,
	type Status,
	transitions
} from "./payments.rules.ts";
import type { ProviderEvent } from "./providers/provider.ts";

const createdAt = new Date("2026-11-21T09:00:00.000Z");
const agreed = { merchant: "shop", amount: 500, currency: "USD" };
const intent: IntentState = {
	...{ ...agreed, status: "pending", providerReference: "cs_1", createdAt },
	expiresAt: new Date(createdAt.getTime() + limits.paymentLifeSeconds * 1_000)
};
const paid: ProviderEvent = {
	...{ ...agreed, id: "ev_1", kind: "paid", word: "payment.succeeded" },
	...{ intentId: "1001", reference: "cs_1" }
};

const statuses = Object.keys(transitions) as Status[];
const secondsIn = (seconds: number) => new Date(createdAt.getTime() + seconds * 1_000);

describe("the table of states", () => {
	it("leads to money once: nothing that is paid can be paid again", () => {
		for (const rows of Object.values(transitions)) {
			for (const next of [rows.paid, rows.refused]) {
				if (next === undefined) continue;
				expect(transitions[next].paid).toBeUndefined();
				expect(transitions[next].refused).toBeUndefined();
			}
		}
		// Nor does any other way lead back from there.
		const reach = (from: Status): Status[] => Object.values(transitions[from]);
		expect(reach("succeeded")).toEqual([]);
		expect(reach("refunding")).toEqual(["refunded"]);
		expect(reach("refunded")).toEqual([]);
	});

	it("takes money in every state that is not settled, and never in silence", () => {
		for (const status of ["created", "pending", "failed", "expired"] as const) {
			expect(judge({ ...intent, status }, paid).move, status).toBe("paid");
		}
		expect(judge({ ...intent, status: "expired" }, paid).outcome).toBe("late");
		expect(isAnomaly("late")).toBe(true);
	});
});

describe("judge", () => {
	it.each([
		["another amount", { amount: 499 }],
		["another currency", { currency: "KRW" }],
		["another merchant", { merchant: "other" }],
		["another payment", { reference: "cs_2" }],
		["no amount", { amount: null }]
	])("moves nothing for %s", (_, change) => {
		for (const status of statuses) {
			for (const kind of ["paid", "failed", "refunded"] as const) {
				const judged = judge({ ...intent, status }, { ...paid, kind, ...change });
				expect(judged).toEqual({ outcome: "mismatch" });
			}
		}
	});

	it("knows what says nothing, and of whom nothing is known", () => {
		for (const kind of ["other", "open", "closed"] as const) {
			expect(judge(intent, { ...paid, kind })).toEqual({ outcome: "ignored" });
			expect(judge(undefined, { ...paid, kind })).toEqual({ outcome: "ignored" });
		}
		expect(judge(undefined, paid)).toEqual({ outcome: "unknown-intent" });
	});

	it("takes the provider's name for it from the event while it is not known", () => {
		const fresh = { ...intent, status: "created" as const, providerReference: null };
		expect(judge(fresh, paid)).toEqual({ outcome: "applied", move: "paid" });
	});

	it("shows money that went back unasked", () => {
		const back = { ...paid, kind: "refunded" } as const;
		expect(judge({ ...intent, status: "succeeded" }, back).outcome).toBe("unexpected");
		expect(judge({ ...intent, status: "refunding" }, back).move).toBe("returned");
		expect(judge({ ...intent, status: "refunded" }, back).outcome).toBe("stale");
	});
});

type Step =
	| { readonly do: "event"; readonly event: ProviderEvent }
	| { readonly do: "opened" | "timeUp" };

const event = fc.record({
	id: fc.integer({ min: 1, max: 6 }).map((id) => `ev_${id}`),
	kind: fc.constantFrom<ProviderEvent["kind"][]>("paid", "failed", "refunded", "open", "other"),
	amount: fc.constantFrom(500, 500, 500, 499),
	currency: fc.constantFrom("USD", "USD", "USD", "KRW")
});

const eventStep = (change: Partial<ProviderEvent>): Step => ({
	do: "event",
	event: { ...paid, ...change }
});

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: event.map(eventStep) },
	{ weight: 1, arbitrary: fc.constant<Step>({ do: "opened" }) },
	{ weight: 1, arbitrary: fc.constant<Step>({ do: "timeUp" }) }
);

describe("any order of events, any of them again", () => {
	it("credits at most once, and exactly once when a right payment was told", () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
				let status = "created" as Status;
				let credits = 0;
				let isPaid = false;
				const seen = new Set<string>();
				const move = (name: Move) => {
					const next: Status | undefined = transitions[status][name];
					if (next === undefined) return;
					status = next;
					if (name === "paid") credits += 1;
				};
				for (const one of steps) {
					if (one.do !== "event") {
						move(one.do);
						continue;
					}
					// The row with the event's id decides this in the database.
					if (seen.has(one.event.id)) continue;
					seen.add(one.event.id);
					const judged = judge({ ...intent, status }, one.event);
					const { kind, amount, currency } = one.event;
					isPaid ||= kind === "paid" && amount === 500 && currency === "USD";
					if (judged.move) move(judged.move);
				}
				expect(credits).toBe(isPaid ? 1 : 0);
				expect(status === "succeeded").toBe(isPaid);
			}),
			{ numRuns: 500 }
		);
	});
});

describe("nextLook", () => {
	const look = (status: Status, looks: number, seconds: number, isFinal = false) =>
		nextLook({ ...intent, status }, { looks, now: secondsIn(seconds), isFinal })?.getTime();

	it("asks at growing distances, and at the end of the time to pay", () => {
		expect(look("pending", 0, 0)).toBe(secondsIn(60).getTime());
		expect(look("pending", 2, 100)).toBe(secondsIn(340).getTime());
		expect(look("pending", 6, 1_000)).toBe(intent.expiresAt.getTime());
		expect(look("expired", 20, 10_000)).toBe(secondsIn(13_600).getTime());
	});

	it("ends when all is said, or nothing was said for days", () => {
		expect(look("succeeded", 0, 0)).toBeUndefined();
		expect(look("refunded", 0, 0)).toBeUndefined();
		expect(look("expired", 3, 2_000, true)).toBeUndefined();
		expect(look("failed", 0, limits.paymentLookForSecondsMax)).toBeUndefined();
	});

	it("never gives up money that must go back", () => {
		expect(look("refunding", 30, limits.paymentLookForSecondsMax * 2, true)).toBeDefined();
	});
});
