/**
 * The arithmetic of id segments: what is left, what comes next, when to fetch more.
 *
 * A segment is a run of numbers that one instance of the service owns alone, because it moved
 * `next_value` past them in the database first. What it has not handed out when its process ends
 * is never handed out at all: a gap is harmless, a duplicate is not.
 */
import { limits } from "../../config/limits.ts";

/**
 * - `sequential`: ascending within an instance; for keys of rows.
 * - `unordered`: shuffled within a segment; for numbers that people see, so that one number does
 *   not tell how many came before it on that day.
 */
export type Kind = "sequential" | "unordered";

export interface Generator {
	readonly kind: Kind;
	/** The first number ever handed out. */
	readonly first: number;
	/** Numbers per step of a segment; a busy instance takes several steps at once. */
	readonly step: number;
}

/** Everything that has ids. A new name is one line here; its row in the table makes itself. */
export const generators = {
	/** Where users have things sent. */
	addresses: { kind: "sequential", first: 1_001, step: 100 },
	/** What is ordered at once, of one or more sellers. */
	checkouts: { kind: "sequential", first: 1_001, step: 100 },
	/** Uploaded pictures. */
	files: { kind: "sequential", first: 1_001, step: 100 },
	flashSales: { kind: "sequential", first: 1_001, step: 10 },
	/** Kinds of gifts; the base catalogue has ids below. */
	gifts: { kind: "sequential", first: 1_001, step: 10 },
	/** Gifts that were given. */
	giftRecords: { kind: "sequential", first: 1_001, step: 1_000 },
	/** Orders; also their numbers, printed on receipts. */
	orders: { kind: "unordered", first: 10_000_001, step: 1_000 },
	/** Live sessions of rooms. */
	liveSessions: { kind: "sequential", first: 1_001, step: 100 },
	/** What is to be paid: recharges, later orders. */
	payments: { kind: "sequential", first: 1_001, step: 100 },
	products: { kind: "sequential", first: 1_001, step: 100 },
	/** Behind those of the base catalogue. */
	rechargePackages: { kind: "sequential", first: 1_001, step: 100 },
	rooms: { kind: "sequential", first: 1_001, step: 100 },
	/** Sign-in sessions. */
	sessions: { kind: "sequential", first: 1_001, step: 1_000 },
	skus: { kind: "sequential", first: 1_001, step: 100 },
	users: { kind: "sequential", first: 1_001, step: 1_000 }
} as const satisfies Record<string, Generator>;

export type Name = keyof typeof generators;
export type NameOf<K extends Kind> = {
	[N in Name]: (typeof generators)[N]["kind"] extends K ? N : never;
}[Name];

export const namesOf = <K extends Kind>(kind: K): NameOf<K>[] =>
	(Object.keys(generators) as Name[]).filter(
		(name): name is NameOf<K> => generators[name].kind === kind
	);

export interface Segment {
	readonly first: number;
	readonly size: number;
	/** Offsets from `first` in the order of use; absent when sequential. */
	readonly order?: Uint32Array;
	/** How many are handed out. */
	used: number;
}

/** How many ids `segments` still hold. */
export function remaining(segments: readonly Segment[]): number {
	let sum = 0;
	for (const segment of segments) sum += segment.size - segment.used;
	return sum;
}

/**
 * Takes `count` ids, at most `remaining(segments)`, from the front. Used-up segments leave the
 * list; the rest of one is always used before the next is begun.
 */
export function draw(segments: Segment[], count: number): string[] {
	const ids: string[] = [];
	while (ids.length < count) {
		const segment = segments[0];
		if (!segment) throw new RangeError("More ids were asked for than the segments hold.");
		const until = Math.min(segment.size, segment.used + count - ids.length);
		for (; segment.used < until; segment.used++) {
			const offset = segment.order ? (segment.order[segment.used] as number) : segment.used;
			ids.push(String(segment.first + offset));
		}
		if (segment.used === segment.size) segments.shift();
	}
	return ids;
}

/** The part of a segment that may be used before the next one is fetched ahead. */
const prefetchAt = 0.75;

/** Whether it is time to fetch ahead: the last segment held is used to 75 %, or there is none. */
export function isLow(segments: readonly Segment[]): boolean {
	const last = segments.at(-1);
	return last === undefined || last.used >= last.size * prefetchAt;
}

/**
 * A random order of 0 … words.length - 1 (Fisher–Yates). `words` are random 32-bit numbers; the
 * bias of scaling them down stays below size / 2^32.
 */
export function shuffledOffsets(words: Uint32Array): Uint32Array {
	const order = new Uint32Array(words.length);
	for (let index = 0; index < words.length; index++) {
		const other = Math.floor(((words[index] as number) / 2 ** 32) * (index + 1));
		order[index] = order[other] as number;
		order[other] = index;
	}
	return order;
}

/**
 * How many steps the next segment takes. An instance that used one up within a second asks for
 * twice as many, so that the table is not written thousands of times a second; a quiet one goes
 * back, so that less is lost when it ends.
 */
export function stepsNext(steps: number, lastedMilliseconds: number): number {
	if (lastedMilliseconds < 1_000) return Math.min(steps * 2, limits.idsStepsPerSegmentMax);
	if (lastedMilliseconds > 60_000) return Math.max(1, Math.floor(steps / 2));
	return steps;
}

/** Pause before attempt number `attempt` + 1, jittered by `random` in [0, 1). */
export const backoffMilliseconds = (attempt: number, random: number): number =>
	Math.min(25 * 2 ** attempt, limits.idsRefillBackoffMillisecondsMax) * (0.5 + random / 2);
