/**
 * Two sides measured beside each other: in one run, in alternating rounds, so that whatever else
 * the machine does meets both. What counts is the ratio; absolute figures belong to one machine.
 *
 * `--json` prints one line for machines, `--save` keeps it in `bench/results/<name>.json`,
 * `--rounds N` and `--seconds N` change how long it takes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

/** One round: does the work for about `milliseconds` and answers operations per second. */
export type Side = (milliseconds: number) => Promise<number>;

export interface Comparison {
	readonly what: string;
	readonly unit: string;
	readonly ours: Side;
	readonly peer: Side;
	/** What the other side is. */
	readonly peerName: string;
	/** The least ratio promised in docs; shown beside the measured one. */
	readonly reach?: number;
	/** The same for figures of which less is better: the greatest ratio promised. */
	readonly atMost?: number;
	/** What else the rounds have shown; asked for after the last one. */
	besides?(): Readonly<Record<string, number>>;
}

/** Over the rounds; `low` and `high` are the slowest and the fastest one. */
export interface Spread {
	readonly median: number;
	readonly low: number;
	readonly high: number;
}

export interface Outcome {
	readonly what: string;
	readonly unit: string;
	readonly peerName: string;
	readonly ours: Spread;
	readonly peer: Spread;
	/** Ours divided by the peer's, round by round: both halves of a round saw the same machine. */
	readonly ratio: Spread;
	readonly reach: number | null;
	readonly atMost?: number;
	readonly besides?: Readonly<Record<string, number>>;
}

export type Compare = (comparison: Comparison) => Promise<Outcome>;

/** Something that has no peer: how long a person waits. */
export interface Measurement {
	readonly what: string;
	readonly unit: string;
	/** Takes it once. */
	readonly take: () => Promise<number>;
	readonly times: number;
	/** The most that docs promise. */
	readonly reach: number;
}

export interface Measured extends Spread {
	readonly what: string;
	readonly unit: string;
	readonly reach: number;
}

export type Measure = (measurement: Measurement) => Promise<Measured>;

const { values: flags } = parseArgs({
	allowPositionals: true,
	options: {
		json: { type: "boolean", default: false },
		save: { type: "boolean", default: false },
		rounds: { type: "string", default: "5" },
		seconds: { type: "string", default: "2" }
	}
});
const rounds = Math.max(3, Number(flags.rounds));
const milliseconds = Number(flags.seconds) * 1_000;

/** A line for people; silent with `--json`. */
export const say = (line: string): void => {
	if (!flags.json) console.log(line);
};

/** Runs one bench file. `work` compares as often as it likes; the process ends with it. */
export async function bench(
	name: string,
	work: (compare: Compare, measure: Measure) => Promise<void>
): Promise<void> {
	say(`\n${name}: ${rounds} rounds of ${milliseconds} ms per side`);
	const outcomes: Outcome[] = [];
	const measured: Measured[] = [];
	const compareAndSay: Compare = async (comparison) => {
		const outcome = await compare(comparison);
		outcomes.push(outcome);
		say(sentence(outcome));
		return outcome;
	};
	await work(compareAndSay, async (measurement) => {
		const figure = await measure(measurement);
		measured.push(figure);
		say(`  ${figure.what}\n    ${figureText(figure, figure.unit)}, reach ≤ ${figure.reach}`);
		return figure;
	});
	const report = {
		bench: name,
		at: new Date().toISOString(),
		node: process.version,
		processor: cpus()[0]?.model.trim() ?? "unknown",
		cores: cpus().length,
		rounds,
		milliseconds,
		outcomes,
		...(measured.length > 0 ? { measured } : {})
	};
	if (flags.json) console.log(JSON.stringify(report));
	if (flags.save) {
		const folder = new URL("results/", import.meta.url);
		mkdirSync(folder, { recursive: true });
		writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(report, null, "\t")}\n`);
	}
}

async function compare(comparison: Comparison): Promise<Outcome> {
	const { ours, peer } = comparison;
	const figures: { ours: number; peer: number }[] = [];
	// The first round is thrown away: connections, compilers and caches warm up in it.
	for (let round = 0; round <= rounds; round++) {
		const order = round % 2 === 0 ? (["ours", "peer"] as const) : (["peer", "ours"] as const);
		const figure = { ours: 0, peer: 0 };
		for (const side of order) {
			figure[side] = await (side === "ours" ? ours : peer)(round === 0 ? 500 : milliseconds);
		}
		if (round > 0) figures.push(figure);
	}
	return {
		what: comparison.what,
		unit: comparison.unit,
		peerName: comparison.peerName,
		ours: spread(figures.map((figure) => figure.ours)),
		peer: spread(figures.map((figure) => figure.peer)),
		ratio: spread(figures.map((figure) => figure.ours / figure.peer)),
		reach: comparison.reach ?? null,
		...(comparison.atMost === undefined ? {} : { atMost: comparison.atMost }),
		...(comparison.besides ? { besides: comparison.besides() } : {})
	};
}

async function measure({ take, times, ...rest }: Measurement): Promise<Measured> {
	const figures: number[] = [];
	// The first one warms up what the others find warm.
	for (let time = 0; time <= times; time++) {
		const figure = await take();
		if (time > 0) figures.push(figure);
	}
	const { what, unit, reach } = rest;
	return { what, unit, reach, ...spread(figures) };
}

export function spread(figures: readonly number[]): Spread {
	const sorted = figures.toSorted((left, right) => left - right);
	const middle = sorted.length / 2;
	const median = ((sorted[Math.ceil(middle - 1)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
	return { median: round3(median), low: round3(sorted[0] ?? 0), high: round3(sorted.at(-1) ?? 0) };
}

const round3 = (figure: number): number => Number(figure.toPrecision(4));

function sentence({ what, unit, ours, peer, peerName, ratio, ...more }: Outcome): string {
	const besides = Object.entries(more.besides ?? {}).map(([name, figure]) => `${name} ${figure}`);
	return [
		`  ${what}`,
		`    ours  ${figureText(ours, unit)}`,
		`    peer  ${figureText(peer, unit)}: ${peerName}`,
		`    ratio ${ratio.median} × [${ratio.low} … ${ratio.high}]${promiseText(ratio.median, more)}`,
		...(besides.length > 0 ? [`    ${besides.join(", ")}`] : [])
	].join("\n");
}

function promiseText(median: number, { reach, atMost }: Pick<Outcome, "reach" | "atMost">): string {
	if (atMost !== undefined) return ` (${median <= atMost ? "stays within" : "ABOVE"} ${atMost})`;
	if (reach === null) return "";
	return ` (${median >= reach ? "reaches" : "BELOW"} ${reach})`;
}

function figureText({ median, low, high }: Spread, unit: string): string {
	const [middle, least, most] = [median, low, high].map((figure) => figure.toLocaleString("en"));
	return `${middle} ${unit} [${least} … ${most}]`;
}

/** A side that keeps `inFlight` operations running. */
export const closedLoop =
	(operation: () => Promise<unknown>, { inFlight }: { inFlight: number }): Side =>
	async (duration) => {
		const started = performance.now();
		const until = started + duration;
		let done = 0;
		const loop = async () => {
			while (performance.now() < until) {
				await operation();
				done++;
			}
		};
		await Promise.all(Array.from({ length: inFlight }, loop));
		return (done * 1_000) / (performance.now() - started);
	};
