/** Reads and writes at an even rate, and what became of each. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";

export interface Outcome {
	readonly id: string;
	readonly kind: "look" | "change";
	/** Milliseconds since the traffic began. */
	readonly begunAt: number;
	readonly tookMs: number;
	/** `ok`, or the type of the error. */
	readonly result: string;
	readonly node: string | undefined;
}

const callsPerSecond = 300;
const workMs = 100;

export class Traffic {
	readonly outcomes: Outcome[] = [];
	readonly #caller: ServiceBroker;
	readonly #begunAt = performance.now();
	readonly #pump: Promise<void>;
	#inFlight = 0;
	#flowing = true;

	constructor(caller: ServiceBroker) {
		this.#caller = caller;
		this.#pump = this.#flow();
	}

	/** Milliseconds since the traffic began. */
	get now(): number {
		return performance.now() - this.#begunAt;
	}

	get inFlight(): number {
		return this.#inFlight;
	}

	/** Begins no more calls; back when all have an outcome. */
	async stop(): Promise<void> {
		this.#flowing = false;
		await this.#pump;
		while (this.#inFlight > 0) await sleep(20);
	}

	since(ms: number): Outcome[] {
		return this.outcomes.filter(({ begunAt }) => begunAt >= ms);
	}

	/** An open loop: calls that hang do not keep others from being made. */
	async #flow(): Promise<void> {
		for (let made = 0; this.#flowing; await sleep(5)) {
			const due = (this.now * callsPerSecond) / 1_000;
			for (; made < due; made += 1) void this.#call(made % 2 ? "change" : "look", made);
		}
	}

	async #call(kind: Outcome["kind"], number: number): Promise<void> {
		const id = `${kind}-${number}`;
		const begunAt = this.now;
		let result = "ok";
		let node: string | undefined;
		this.#inFlight += 1;
		try {
			const params = { id, milliseconds: workMs };
			({ node } = await this.#caller.call<{ node: string }, object>(`work.${kind}`, params));
		} catch (error) {
			const { type, name } = error as { type?: string; name: string };
			result = type ?? name;
		}
		this.#inFlight -= 1;
		this.outcomes.push({ id, kind, begunAt, tookMs: this.now - begunAt, result, node });
	}
}

export interface Story {
	readonly title: string;
	readonly outcomes: readonly Outcome[];
	/** When the fault struck, and when it was over. */
	readonly struckAt: number;
	readonly runs: ReadonlyMap<string, number>;
}

/** Prints what callers saw from half a second before the fault on. */
export function tell({ title, outcomes, struckAt, runs }: Story): void {
	const rows: Record<string, Record<string, number | string>> = {};
	const seen = outcomes.filter(({ begunAt }) => begunAt >= struckAt - 500);
	for (const { kind, result } of seen) {
		const same = seen.filter((other) => other.kind === kind && other.result === result);
		rows[`${kind} ${result}`] ??= {
			calls: same.length,
			"longest ms": Math.round(Math.max(...same.map(({ tookMs }) => tookMs))),
			"begun until ms": Math.round(Math.max(...same.map(({ begunAt }) => begunAt)) - struckAt),
			ran: kind === "look" ? "" : same.filter(({ id }) => runs.has(id)).length
		};
	}
	console.log(title);
	console.table(rows);
}
