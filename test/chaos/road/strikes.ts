/** Faults that strike in the middle of traffic, and what users saw of each. */
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../../config/limits.ts";
import type { ActionKind } from "../../../scripts/demo-crowd/actions.ts";
import type { Crowd } from "../../../scripts/demo-crowd/crowd.ts";
import { kinds, type Outage, sufferings } from "../../../scripts/demo-crowd/tally.ts";
import { until } from "../../harness/until.ts";

export interface Strike {
	readonly what: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	/** What people waited for in that moment. */
	readonly doing: readonly ActionKind[];
	/** Tries that were done in the time of quiet before it. */
	readonly doneBefore: number;
}

/** For so long a node that was killed is still asked, so until then a fault is not over. */
const quietMs = limits.heartbeatSilenceSecondsMax * 1_000;
const recoveryMs = 90_000;
const inFlightMin = 3;
/** Shorter than an answer takes, so that whoever waits for one is seen. */
const lookMs = 1;

export class Strikes {
	readonly all: Strike[] = [];
	readonly #crowd: Crowd;

	constructor(crowd: Crowd) {
		this.#crowd = crowd;
	}

	/**
	 * Strikes while somebody waits for an answer to `kind`, or several for whatever; back when all
	 * of them do well again in all they do.
	 */
	async strike(what: string, blow: () => Promise<void>, kind?: ActionKind): Promise<void> {
		const { tally } = this.#crowd;
		const before = tally.total("done");
		await this.untilWell(Date.now());
		await this.#untilBusy(kind);
		const strike = {
			...{ what, at: Date.now(), doing: this.#crowd.doing },
			doneBefore: tally.total("done") - before
		};
		this.all.push(strike);
		await blow();
		await until(() => Date.now() - Math.max(strike.at, tally.lostAt) > quietMs, recoveryMs);
		await this.untilWell(Date.now());
	}

	async #untilBusy(kind: ActionKind | undefined): Promise<void> {
		const isBusy = () => {
			const { doing } = this.#crowd;
			return kind ? doing.includes(kind) : doing.length >= inFlightMin;
		};
		for (const deadline = Date.now() + recoveryMs; !isBusy(); await sleep(lookMs)) {
			if (Date.now() > deadline) throw new Error(`Nobody waited for ${kind}.`);
		}
	}

	/** Every kind of action was done by a try that began after `since`, and nobody is cut off. */
	async untilWell(since: number): Promise<void> {
		const { tally } = this.#crowd;
		const missing = () => kinds.filter((kind) => kind !== "room" && tally.lastDone(kind) < since);
		try {
			await until(() => missing().length === 0 && tally.open.length === 0, recoveryMs);
		} catch (cause) {
			const open = JSON.stringify(tally.open.slice(0, 5));
			throw new Error(`Not well again: ${missing()} not done, open: ${open}`, { cause });
		}
	}

	/** A table of what users saw, fault by fault. */
	table(outages: readonly Outage[]): string {
		const rows = this.all.flatMap(({ what, at, doing }, index) => {
			const to = this.all[index + 1]?.at ?? Number.POSITIVE_INFINITY;
			const seen = sufferings(outages, { from: at, to });
			const first = [what, doing.toSorted().join(", ")];
			if (seen.length === 0) return [[...first, "nothing", "", "", "", "", ""]];
			return seen.map(({ kind, lostTries, people, medianMs, longestMs, shortestMs }, row) => [
				...(row === 0 ? first : ["", ""]),
				...[kind, String(lostTries), String(people)],
				...[shortestMs, medianMs, longestMs].map(String)
			]);
		});
		const heads = ["fault", "people waited for", "what failed", "tries", "people"];
		return columns([[...heads, "shortest ms", "median ms", "longest ms"], ...rows]);
	}
}

function columns(rows: readonly (readonly string[])[]): string {
	const widths = rows[0]?.map((_, column) =>
		Math.max(...rows.map((row) => row[column]?.length ?? 0))
	);
	const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)));
	return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}
