/** One socket as this folder sees it: who it speaks for, where it is, how to reach it. */
import type { Socket } from "socket.io";
import { limits } from "../../config/limits.ts";
import type { Identity } from "../../mixins/identities/index.ts";
import { TokenBucket } from "./im-gateway.buckets.ts";
import type { Batch } from "./im-gateway.frames.ts";
import { Outlet } from "./im-gateway.outlet.ts";

/** Told to a socket before it is closed. */
export type Farewell = "expiring" | "kicked" | "banned" | "restarting" | "slow";

/** What the handshake found out. */
export interface PeerFacts {
	/** Absent for a guest. */
	readonly identity?: Identity;
	readonly deviceId: string;
	readonly address: string;
}

export interface PeerOptions {
	readonly now: () => number;
	/** Told of messages that were left out, and of readers that were too slow. */
	readonly onShed: (items: number) => void;
	readonly onSlow: () => void;
}

export class Peer {
	readonly socket: Socket;
	readonly facts: PeerFacts;
	/** Rooms that it is in or about to enter. */
	readonly rooms = new Set<string>();
	readonly bucket: TokenBucket;
	/** Packets that came although there were too many. */
	refusedPackets = 0;
	readonly #outlet: Outlet;
	readonly #options: PeerOptions;
	#isClosing = false;

	constructor(socket: Socket, facts: PeerFacts, options: PeerOptions) {
		this.socket = socket;
		this.facts = facts;
		this.#options = options;
		const rate = { perSecond: limits.callsPerSocketPerSecond, burst: limits.callsPerSocketBurst };
		this.bucket = new TokenBucket(rate, options.now());
		const { socketShedBytes: shedBytes, socketUnsentBytesMax: unsentBytesMax } = limits;
		const stalledMillisecondsMax = limits.socketStalledMillisecondsMax;
		const bounds = { shedBytes, unsentBytesMax, stalledMillisecondsMax };
		this.#outlet = new Outlet(socket, bounds, options.now);
	}

	get id(): string {
		return this.socket.id;
	}

	get userId(): string | undefined {
		return this.facts.identity?.id;
	}

	/** As `rooms.view` counts them: signed-in users once, whatever they watch with. */
	get viewerKey(): string {
		return this.userId ? `user:${this.userId}` : `page:${this.facts.deviceId}`;
	}

	get isGone(): boolean {
		return this.#isClosing || !this.socket.connected;
	}

	get unsentBytes(): number {
		return this.#outlet.unsentBytes;
	}

	/** Sends what the socket can take; a reader that is far too slow is closed instead. */
	send(batch: Batch): void {
		if (this.isGone) return;
		const written = this.#outlet.write(batch);
		if (written === "full") this.#closeSlow();
		else if (written === "shed") {
			this.#options.onShed(batch.items.length - batch.needed.packets.length);
		}
	}

	/** Tells why, and closes. */
	close(kind: Farewell): void {
		if (this.#isClosing) return;
		this.#isClosing = true;
		this.socket.emit("session", { kind });
		this.socket.disconnect(true);
		// Who does not read does not hear either.
		setTimeout(() => this.#outlet.terminate(), limits.socketCloseMillisecondsMax).unref();
	}

	/** To be called regularly: a reader that takes nothing is noticed here. */
	check(now: number): void {
		if (!this.isGone && this.#outlet.isStalled(now)) this.#closeSlow();
	}

	#closeSlow(): void {
		this.#options.onSlow();
		this.#outlet.clear();
		this.close("slow");
	}
}
