/** What the router does every second besides routing. */
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import type { Forwarder } from "./im-router.forwarder.ts";
import { sweepInbox } from "./im-router.inbox.model.ts";
import { lifeWord, type RouterStore } from "./im-router.store.ts";

export interface SweeperSetup {
	readonly db: Sql;
	readonly store: RouterStore;
	readonly forwarder: Forwarder;
	/** Held by the one node that sweeps for all. */
	readonly held: Held;
	readonly logger: { warn(...words: unknown[]): void };
	afterRound(): void;
}

/** Forgets what is old in the inbox, read messages sooner than others; in steps. */
export async function sweepOld(db: Sql, now: Date): Promise<void> {
	const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
	const full = limits.inboxSweepRowsMax;
	while ((await sweepInbox(db, "acked", ago(limits.inboxReadSecondsMax))) >= full);
	while ((await sweepInbox(db, "sent", ago(limits.inboxUnreadSecondsMax))) >= full);
}

export class Sweeper {
	readonly #setup: SweeperSetup;
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> = Promise.resolve();
	#inboxAt = Number.NEGATIVE_INFINITY;
	#isStopped = false;
	readonly #failing = new Set<string>();

	constructor(setup: SweeperSetup) {
		this.#setup = setup;
	}

	/** The next round begins a while after the one before it has ended. */
	start(): void {
		if (this.#isStopped) return;
		this.#timer = setTimeout(() => {
			this.#round = this.#sweep().then(() => this.start());
		}, limits.nodeSweepMilliseconds);
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
	}

	async #sweep(): Promise<void> {
		const { forwarder, afterRound } = this.#setup;
		// Each on its own: one store that is away must not keep the other from being swept.
		await this.#try("Nodes", () => this.#nodes());
		await this.#try("The inbox", () => this.#inbox());
		forwarder.sweep();
		afterRound();
	}

	async #nodes(): Promise<void> {
		const { store, held, forwarder } = this.#setup;
		const living = new Set((await store.nodes.living()).map(lifeWord));
		forwarder.retire((life) => living.has(lifeWord(life)));
		if (held.isOn) await store.nodes.sweep();
	}

	async #inbox(): Promise<void> {
		const { db, held } = this.#setup;
		const now = performance.now();
		if (!held.isOn || now < this.#inboxAt + limits.inboxSweepMilliseconds) return;
		this.#inboxAt = now;
		await sweepOld(db, new Date());
	}

	/** One line when it begins to fail, not one each second. */
	async #try(what: string, work: () => Promise<void>): Promise<void> {
		try {
			await work();
			this.#failing.delete(what);
		} catch (error) {
			if (!this.#failing.has(what)) {
				this.#setup.logger.warn(`${what} of the router will be swept later:`, error);
			}
			this.#failing.add(what);
		}
	}
}
