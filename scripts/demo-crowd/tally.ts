/** What a crowd did and how it went: counts, times of answers, and outages as users saw them. */

export const kinds = [
	"room",
	"sign-in",
	"browse",
	"watch",
	"chat",
	"tell",
	"like",
	"gift",
	"recharge",
	"order",
	"pay",
	"flash-sale"
] as const;

/** What somebody does; `room` is to be connected and in the room. */
export type Kind = (typeof kinds)[number];

/**
 * `refused` is a definite no, `limited` a no for a while; `lost` is what users see of a fault: no
 * answer, an answer of 5xx, a connection that broke.
 */
export type Outcome = "done" | "refused" | "limited" | "lost";

/** One try of one person; times in milliseconds since 1970. */
export interface Try {
	readonly kind: Kind;
	readonly who: string;
	readonly startedAt: number;
	readonly endedAt: number;
	readonly outcome: Outcome;
	/** Why it was not done. */
	readonly code?: string;
}

/** For somebody a kind of action did not work: from the first lost try to the next good one. */
export interface Outage {
	readonly kind: Kind;
	readonly who: string;
	/** When the first lost try began. */
	readonly from: number;
	/** When it was lost. */
	readonly noticedAt: number;
	/** When a try succeeded again; undefined while none has. */
	readonly to?: number;
	readonly lostTries: number;
}

type Open = { -readonly [Key in keyof Outage]: Outage[Key] };
type Counts = Record<Outcome, number>;

const nothing = (): Counts => ({ done: 0, refused: 0, limited: 0, lost: 0 });

export class Tally {
	/** Since the start. */
	readonly counts = new Map<Kind, Counts>();
	/** Why things were refused, and how often: `gift INSUFFICIENT_BALANCE`. */
	readonly refusals = new Map<string, number>();
	/** Those that are over. */
	readonly #over: Outage[] = [];
	readonly #open = new Map<string, Open>();
	readonly #lastDone = new Map<Kind, number>();
	#window: Try[] = [];
	#lostAt = 0;

	note(one: Try): void {
		const { kind, outcome, code } = one;
		const counts = this.counts.get(kind) ?? nothing();
		counts[outcome] += 1;
		this.counts.set(kind, counts);
		this.#window.push(one);
		if (outcome === "refused") count(this.refusals, `${kind} ${code}`);
		if (outcome === "lost") this.#lose(one);
		// A definite no is an answer too: whoever gets it is not cut off.
		else if (outcome !== "limited") this.#succeed(one);
	}

	/** Outages, those that go on last. */
	get outages(): readonly Outage[] {
		return [...this.#over, ...this.#open.values()];
	}

	/** Outages that go on. */
	get open(): readonly Outage[] {
		return [...this.#open.values()];
	}

	/** The start of the last try that was done; 0 before the first. */
	lastDone(kind: Kind): number {
		return this.#lastDone.get(kind) ?? 0;
	}

	/** When the last try was lost; 0 before the first. */
	get lostAt(): number {
		return this.#lostAt;
	}

	total(outcome: Outcome): number {
		return [...this.counts.values()].reduce((sum, counts) => sum + counts[outcome], 0);
	}

	/** One line about the time since the last call. */
	line(seconds: number): string {
		const tries = this.#window;
		this.#window = [];
		const done = tries.filter(({ outcome }) => outcome === "done");
		const perSecond = (done.length / Math.max(seconds, 0.001)).toFixed(1);
		const parts = [
			`${done.length} done (${perSecond}/s)${done.length > 0 ? `: ${whatOf(done)}` : ""}`,
			...(done.length > 0 ? [timesOf(done)] : []),
			...(["refused", "limited", "lost"] as const).flatMap((outcome) => {
				const those = tries.filter((one) => one.outcome === outcome);
				const words = countsOf(those, ({ kind, code }) => `${kind} ${code}`);
				return those.length === 0 ? [] : [`${those.length} ${outcome}: ${words}`];
			})
		];
		return parts.join("; ");
	}

	#lose({ kind, who, startedAt, endedAt }: Try): void {
		this.#lostAt = Math.max(this.#lostAt, endedAt);
		const place = `${kind} ${who}`;
		const open = this.#open.get(place);
		if (open) open.lostTries += 1;
		else {
			const outage = { kind, who, from: startedAt, noticedAt: endedAt, lostTries: 1 };
			this.#open.set(place, outage);
		}
	}

	#succeed({ kind, who, startedAt, endedAt, outcome }: Try): void {
		if (outcome === "done") {
			this.#lastDone.set(kind, Math.max(startedAt, this.lastDone(kind)));
		}
		const place = `${kind} ${who}`;
		const open = this.#open.get(place);
		if (!open) return;
		this.#open.delete(place);
		this.#over.push({ ...open, to: endedAt });
	}
}

const count = (counts: Map<string, number>, word: string): void => {
	counts.set(word, (counts.get(word) ?? 0) + 1);
};

const whatOf = (tries: readonly Try[]): string => countsOf(tries, ({ kind }) => kind);

function timesOf(tries: readonly Try[]): string {
	const times = tries.map(({ startedAt, endedAt }) => endedAt - startedAt);
	return `median ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms`;
}

/** `chat 12, gift 3`, the most frequent first. */
function countsOf<T>(items: readonly T[], wordOf: (item: T) => string): string {
	const counts = new Map<string, number>();
	for (const item of items) count(counts, wordOf(item));
	return [...counts]
		.sort(([, left], [, right]) => right - left)
		.map(([word, times]) => `${word} ${times}`)
		.join(", ");
}

/** The smallest value that so large a share of them does not exceed; 0 without any. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((left, right) => left - right);
	return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

export interface Suffering {
	readonly kind: Kind;
	readonly lostTries: number;
	readonly people: number;
	/** Milliseconds, of whoever waited shortest, in the middle, and longest. */
	readonly shortestMs: number;
	readonly medianMs: number;
	readonly longestMs: number;
}

/** What users saw of a fault: the outages noticed between the two times, by kind. */
export function sufferings(
	outages: readonly Outage[],
	{ from, to }: { readonly from: number; readonly to: number }
): Suffering[] {
	const struck = outages.filter(({ noticedAt }) => noticedAt >= from && noticedAt < to);
	const byKind = Map.groupBy(struck, ({ kind }) => kind);
	return kinds.flatMap((kind) => {
		const those = byKind.get(kind);
		if (!those) return [];
		const times = those.map((outage) => (outage.to ?? Number.POSITIVE_INFINITY) - outage.from);
		return [
			{
				kind,
				lostTries: those.reduce((sum, { lostTries }) => sum + lostTries, 0),
				people: new Set(those.map(({ who }) => who)).size,
				shortestMs: Math.min(...times),
				medianMs: quantile(times, 0.5),
				longestMs: Math.max(...times)
			}
		];
	});
}
