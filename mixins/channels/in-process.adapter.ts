/**
 * Channels of the embedded mode: the outbox table is the queue, this hands its rows to the
 * handlers. `publish` ends when every group has handled the message or given it up, so that the
 * relay deletes the row no earlier.
 */
import channels from "@moleculer/channels";
import { Errors } from "moleculer";
import { bury, type Channel, handle, letterOf, pause } from "./consumer.ts";
import { type Headers, isFor } from "./message.ts";
import type { Retries } from "./retry.ts";

const { MoleculerRetryableError } = Errors;

interface PublishOptions {
	readonly headers?: Record<string, string>;
	/** The payload is JSON already. */
	readonly raw?: boolean;
}

interface Message {
	readonly payload: string;
	readonly headers: Headers;
}

export class InProcessAdapter extends channels.Adapters.Base {
	readonly #groups = new Map<string, Map<string, Channel>>();
	readonly #running = new Map<string, Set<Promise<void>>>();
	readonly #closing = new AbortController();
	readonly #retries: Retries;

	constructor(retries: Retries) {
		super({});
		this.#retries = retries;
	}

	/**
	 * Not yet: the middleware connects first and subscribes afterwards, and a message published in
	 * between would miss its groups. `open` follows when all are there.
	 */
	override async connect(): Promise<void> {}

	open(): void {
		this.connected = true;
	}

	/** Ends waiting between retries; handlers that run may end. */
	close(): void {
		this.connected = false;
		this.#closing.abort();
	}

	override async disconnect(): Promise<void> {
		this.close();
	}

	override async subscribe(chan: unknown): Promise<void> {
		const channel = chan as Channel;
		const groups = this.#groups.get(channel.name) ?? new Map<string, Channel>();
		this.#groups.set(channel.name, groups);
		groups.set(channel.group, channel);
		this.#running.set(channel.id, new Set());
	}

	/**
	 * The group stays known: publishing to it is refused from now on, because a message that nobody
	 * is left to handle must stay in the outbox.
	 */
	override async unsubscribe(chan: unknown): Promise<void> {
		const channel = chan as Channel;
		channel.unsubscribing = true;
		await Promise.allSettled(this.#running.get(channel.id) ?? []);
	}

	override async publish(name: string, payload: unknown, opts: PublishOptions | null) {
		const groups = [...(this.#groups.get(name)?.values() ?? [])];
		if (!this.connected || groups.some((group) => group.unsubscribing)) throw notOpen();
		const headers = opts?.headers ?? {};
		const text = opts?.raw ? String(payload) : JSON.stringify(payload);
		const targets = groups.filter((channel) => isFor(channel.group, headers));
		// All groups run to their end, also when one of them is cut short by the shutdown.
		const results = await Promise.allSettled(
			targets.map((channel) => this.#track(channel, { payload: text, headers }))
		);
		const failed = results.find((result) => result.status === "rejected");
		if (failed) throw failed.reason;
	}

	async #track(channel: Channel, message: Message): Promise<void> {
		const running = this.#running.get(channel.id);
		const delivery = this.#deliver(channel, message);
		running?.add(delivery);
		try {
			await delivery;
		} finally {
			running?.delete(delivery);
		}
	}

	async #deliver(channel: Channel, message: Message): Promise<void> {
		const signal = this.#closing.signal;
		for (let attempts = 1; ; attempts += 1) {
			try {
				// Parsed each time: a handler may have changed its copy before it failed.
				await handle(channel, JSON.parse(message.payload), message);
				return;
			} catch (error) {
				this.metricsIncrement("moleculer.channels.messages.errors.total", channel as never);
				if (attempts >= this.#retries.attemptsMax) {
					const letter = letterOf(
						channel,
						{ ...message, prefix: this.opts.prefix },
						{ attempts, error }
					);
					if (await bury(letter, { broker: this.broker, logger: this.logger, signal })) return;
					throw notOpen();
				}
				this.logger.warn(`"${channel.group}" failed on "${channel.name}"; trying again.`, error);
				this.metricsIncrement("moleculer.channels.messages.retries.total", channel as never);
				await pause(this.#retries.milliseconds(attempts), signal);
				if (signal.aborted || channel.unsubscribing) throw notOpen();
			}
		}
	}

	override parseMessageHeaders(raw: unknown): object {
		return (raw as Message).headers;
	}
}

const notOpen = () =>
	new MoleculerRetryableError("The channels are not open.", 503, "CHANNELS_CLOSED");
