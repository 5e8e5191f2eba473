/**
 * Moves rows from the table to the bus, on the one node that holds the lease, or on every node
 * while the lease cannot be asked for. A row is deleted after the bus has it, so what a crash
 * leaves half done is sent again: at least once.
 *
 * Rows are not marked as claimed: that would cost a commit per batch and hide them for a while
 * after a crash. What this relay has in hand it knows in memory; two relays at once (a lease lost
 * during a long pause, or Redis away) send some messages twice, which the bus and the consumers
 * notice by the message's id.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { isError } from "../../lib/errors.ts";
import { type DurableMessage, patient, type Retries } from "../../mixins/channels/index.ts";
import type { DueQuery, OutboxRow } from "./outbox.model.ts";
import { outageMilliseconds } from "./outbox.rules.ts";

export interface RelayStore {
	due(query: DueQuery): Promise<OutboxRow[]>;
	remove(ids: readonly string[]): Promise<void>;
	postpone(id: string, next: { attempts: number; dueAt: Date }): Promise<void>;
	bury(row: OutboxRow, failure: { attempts: number; error: unknown }): Promise<void>;
}

export interface RelayOptions {
	readonly store: RelayStore;
	/** Resolves when the message is safe; an error with `retryable` is the bus's, not the row's. */
	readonly send: (message: DurableMessage) => Promise<void>;
	readonly logger: Pick<ServiceBroker["logger"], "warn" | "error">;
	/** For rows that cannot be sent; `patient` unless told. */
	readonly retries?: Retries;
}

interface Rest {
	until: number;
	failures: number;
}

export class Relay {
	readonly #options: RelayOptions;
	/** Rows that are being sent, or sent and not yet deleted. */
	readonly #inHand = new Set<string>();
	/** Rows that left our hand while the table was being read: what was read of them is stale. */
	readonly #left = new Set<string>();
	/** Channels that the bus refuses; others go on. */
	readonly #resting = new Map<string, Rest>();
	#sent: string[] = [];
	#removing: Promise<void> | undefined;
	#open = true;
	#woken = false;
	#wake: (() => void) | undefined;
	readonly #ended: Promise<void>;

	/** Starts at once. */
	constructor(options: RelayOptions) {
		this.#options = options;
		this.#ended = this.#run();
	}

	/** There may be something to send. */
	wake(): void {
		this.#woken = true;
		this.#wake?.();
	}

	/** Sends nothing more, and waits a bounded time for what is on its way. */
	async stop(): Promise<void> {
		this.#open = false;
		this.wake();
		await this.#ended;
		const deadline = Date.now() + limits.outboxStopMillisecondsMax;
		while (this.#inHand.size > 0 && Date.now() < deadline) {
			this.#woken = false;
			await this.#rest(deadline - Date.now());
		}
	}

	async #run(): Promise<void> {
		while (this.#open) {
			this.#woken = false;
			let pause: number = limits.outboxPollMilliseconds;
			try {
				pause = await this.#round();
			} catch (error) {
				this.#options.logger.warn("The outbox table cannot be read; trying again.", error);
				// Waking does not help now, and would make us ask a struggling database all the time.
				this.#woken = false;
			}
			await this.#rest(pause);
		}
	}

	/** Sends what is due; returns in how many milliseconds to look again. */
	async #round(): Promise<number> {
		const room = limits.outboxInFlightRowsMax - this.#inHand.size;
		if (room <= 0) return limits.outboxPollMilliseconds;
		const now = Date.now();
		let pause: number = limits.outboxPollMilliseconds;
		const except: string[] = [];
		for (const [channel, rest] of this.#resting) {
			if (rest.until <= now) continue;
			except.push(channel);
			pause = Math.min(pause, rest.until - now);
		}
		this.#left.clear();
		// What is in hand is still in the table, so it is read over.
		const limit = Math.min(room, limits.outboxRowsPerRoundMax) + this.#inHand.size;
		const before = new Date(now + limits.outboxPollMilliseconds);
		const rows = await this.#options.store.due({ before, limit, except });
		if (!this.#open) return 0;
		for (const row of rows) {
			const wait = row.dueAt.getTime() - Date.now();
			if (wait > 0) return Math.min(pause, wait);
			if (this.#inHand.has(row.id) || this.#left.has(row.id)) continue;
			if (this.#inHand.size >= limits.outboxInFlightRowsMax) return pause;
			this.#inHand.add(row.id);
			void this.#deliver(row);
		}
		return rows.length === limit ? 0 : pause;
	}

	async #rest(milliseconds: number): Promise<void> {
		if (this.#woken || milliseconds <= 0) return;
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, milliseconds);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
		this.#wake = undefined;
	}

	async #deliver(row: OutboxRow): Promise<void> {
		try {
			await this.#options.send(row);
		} catch (error) {
			await this.#failed(row, error);
			this.#release([row.id]);
			return;
		}
		this.#resting.delete(row.channel);
		this.#sent.push(row.id);
		this.#removing ??= this.#removeSent().finally(() => {
			this.#removing = undefined;
		});
	}

	/** One DELETE at a time; what is sent meanwhile goes with the next. */
	async #removeSent(): Promise<void> {
		// Rows of one batch are stored within the same moment: wait for the others of it.
		await new Promise(setImmediate);
		while (this.#sent.length > 0) {
			const ids = this.#sent.splice(0, limits.outboxRowsPerRoundMax);
			try {
				await this.#options.store.remove(ids);
			} catch (error) {
				this.#options.logger.warn("Sent rows are not deleted yet; trying again.", error);
				// Still in hand, so that they are not sent again; the next relay would do that.
				if (this.#open) this.#sent.push(...ids);
				await sleep(limits.outboxPollMilliseconds);
				continue;
			}
			this.#release(ids);
		}
	}

	#release(ids: readonly string[]): void {
		const full = this.#inHand.size >= limits.outboxInFlightRowsMax;
		for (const id of ids) {
			this.#inHand.delete(id);
			this.#left.add(id);
		}
		if (full || !this.#open) this.wake();
	}

	async #failed(row: OutboxRow, error: unknown): Promise<void> {
		if ((error as { retryable?: unknown } | null)?.retryable === true) {
			this.#letRest(row.channel, error);
			return;
		}
		const { store, logger, retries = patient } = this.#options;
		const attempts = row.attempts + 1;
		try {
			if (attempts >= retries.attemptsMax) {
				logger.error(`Message ${row.id} of "${row.channel}" cannot be sent.`, error);
				await store.bury(row, { attempts, error });
				return;
			}
			logger.warn(`Message ${row.id} of "${row.channel}" was not sent; trying again.`, error);
			const dueAt = new Date(Date.now() + retries.milliseconds(attempts));
			await store.postpone(row.id, { attempts, dueAt });
		} catch (failure) {
			logger.error(`The failure of message ${row.id} was not written down.`, failure);
		}
	}

	/** The rows stay as they are: an outage is not their fault and makes no dead letters. */
	#letRest(channel: string, error: unknown): void {
		const rest = this.#resting.get(channel) ?? { until: 0, failures: 0 };
		const now = Date.now();
		// Many rows fail together; that is one failure of the channel.
		if (now < rest.until) return;
		rest.failures += 1;
		rest.until = now + outageMilliseconds(rest.failures, Math.random());
		this.#resting.set(channel, rest);
		// At each start the relay is there a moment before the channels: that is no news.
		if (!isError(error, "CHANNELS_CLOSED")) {
			this.#options.logger.warn(`The bus refuses "${channel}"; its rows wait.`, error);
		}
		// The next look must not be later than the end of the rest.
		this.wake();
	}
}
