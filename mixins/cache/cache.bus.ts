/**
 * The invalidation bus: who deletes a cached value tells all nodes, so that none keeps it in its
 * memory. Redis publish / subscribe loses messages in silence, so a node that cannot be sure to
 * hear must know it: it sends itself a beat through the same connections, and while it does not
 * hear it, it is alone: its memory is emptied and entries live for a second at most.
 *
 * bentocache's own transport does neither, and it would turn a server that is down at start into
 * an unhandled rejection.
 */
import type { BusDriver, CacheBusMessage } from "bentocache/types";
import type { Redis } from "ioredis";
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { openSubscriber } from "../redis.ts";

export interface CacheBusOptions {
	readonly client: Redis;
	readonly logger: ServiceBroker["logger"];
	/** A message to forget all that this node has in memory. */
	readonly clear: CacheBusMessage;
	/** Another node has deleted keys. */
	onDelete(message: CacheBusMessage): void;
}

type Handler = (message: CacheBusMessage) => unknown;

export class CacheBus implements BusDriver {
	readonly #options: CacheBusOptions;
	readonly #ownChannel: string;
	readonly #channel: string;
	#id = "";
	#deliver: Handler = () => {};
	#isHearing = false;
	#heardAt = Number.NEGATIVE_INFINITY;
	#trustedFrom = Number.NEGATIVE_INFINITY;
	#timer: NodeJS.Timeout | undefined;
	#subscriber: Redis | undefined;

	constructor(options: CacheBusOptions) {
		this.#options = options;
		// Publish and subscribe knows no databases: two platforms on one server must not meet.
		this.#channel = `cache:bus:${options.client.options.db ?? 0}`;
		this.#ownChannel = `${this.#channel}:${crypto.randomUUID()}`;
	}

	/**
	 * Redis may be read and written. After an outage it is not for a while: it may hold values from
	 * before, until every node is back and has deleted what it changed meanwhile.
	 */
	get isTrusted(): boolean {
		return this.#isHearing && performance.now() >= this.#trustedFrom;
	}

	setId(id: string): CacheBus {
		this.#id = id;
		return this;
	}

	/** Called once by bentocache, whose name for the channel is not needed. */
	async subscribe(_channel: string, handler: (message: never) => unknown): Promise<void> {
		this.#deliver = handler as Handler;
		const { client, logger } = this.#options;
		this.#subscriber = openSubscriber(client, {
			channels: [this.#channel, this.#ownChannel],
			logger,
			onMessage: (channel, text) => this.#received(channel, text),
			onSubscribed: () => this.#beat()
		});
		this.#subscriber.on("close", () => this.#setHearing(false));
		this.#timer = setInterval(() => this.#beat(), limits.cacheBeatMilliseconds).unref();
	}

	/** Tells the others, and forgets in this node's memory; throws while Redis is away. */
	async tell(message: CacheBusMessage): Promise<void> {
		const text = JSON.stringify({ from: this.#id, message });
		await this.#options.client.publish(this.#channel, text);
	}

	/** Does to this node's memory what a message of another node would do. */
	apply(message: CacheBusMessage): void {
		this.#deliver(message);
	}

	async disconnect(): Promise<void> {
		clearInterval(this.#timer);
		this.#isHearing = false;
		this.#subscriber?.disconnect();
	}

	#beat(): void {
		const isSilent = performance.now() - this.#heardAt > limits.cacheSilenceMillisecondsMax;
		if (isSilent) this.#setHearing(false);
		this.#options.client.publish(this.#ownChannel, "").catch(() => {});
	}

	#received(channel: string, text: string): void {
		if (channel === this.#ownChannel) {
			this.#heardAt = performance.now();
			this.#setHearing(true);
			const trustedFrom = this.#heardAt + limits.cacheDistrustMilliseconds;
			this.#trustedFrom = Math.min(this.#trustedFrom, trustedFrom);
			return;
		}
		const { from, message } = parse(text);
		if (!message || from === this.#id) return;
		this.#deliver(message);
		this.#options.onDelete(message);
	}

	#setHearing(isHearing: boolean): void {
		if (isHearing === this.#isHearing) return;
		this.#isHearing = isHearing;
		// What was deleted in the meantime is not known, so all of it may be stale.
		this.#deliver(this.#options.clear);
		if (isHearing) return;
		this.#trustedFrom = Number.POSITIVE_INFINITY;
		this.#options.logger.warn("The cache of this node does not hear the others.");
	}

	/*
	 * What bentocache would send is never sent: deletes go through `tell`, which says when it
	 * fails, and what a node loads is no news to the others.
	 */
	async publish(): Promise<void> {}
	onReconnect(): void {}
	async unsubscribe(): Promise<void> {}
}

/** Anybody may publish on Redis; what is not ours must not end this process. */
function parse(text: string): { from?: string; message?: CacheBusMessage } {
	try {
		const { from, message } = JSON.parse(text) as { from: string; message: CacheBusMessage };
		return Array.isArray(message?.keys) ? { from, message } : {};
	} catch {
		return {};
	}
}
