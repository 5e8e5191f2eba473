/**
 * Moleculer's NATS transporter, made to say what it knows.
 *
 * - A call to a node that is gone fails at once: each request asks NATS for an answer when nobody
 *   listens ("no responders"), which comes as soon as NATS has lost the connection of that node.
 *   Heartbeats, which need seconds, remain for nodes that hang or lie behind a broken network.
 * - While the connection is away, calls fail at once: the client would drop them at its next
 *   attempt to connect, and the caller would wait for its whole timeout.
 * - After a new connection the other nodes are told at once that we are back.
 */
import { Transporters } from "moleculer";
import { createInbox } from "nats";
import { undeliveredError } from "./faults.ts";

interface Message {
	readonly subject: string;
	readonly headers?: { readonly code: number };
}

interface Request {
	readonly packet?: {
		readonly type: string;
		readonly payload: { readonly id?: string; readonly stream?: boolean };
	};
}

interface Pending {
	readonly nodeID: string;
	readonly action: { readonly name: string };
	readonly reject: (error: Error) => void;
}

const noResponders = 503;

export class NatsTransporter extends Transporters.NATS {
	/** Whether the connection stands now. */
	online = false;
	/** How often it broke. */
	outages = 0;
	readonly #inbox = createInbox();

	override onConnected(wasReconnect?: boolean): Promise<unknown> {
		this.online = true;
		this.client.subscribe(`${this.#inbox}.*`, {
			callback: (_error: unknown, message: Message) => this.#undeliverable(message)
		});
		void this.#watch();
		return super.onConnected(wasReconnect);
	}

	/** Of a stream's packets only the first could still be taken back, so they are left alone. */
	override async send(topic: string, data: Buffer, meta?: Request): Promise<void> {
		const packet = meta?.packet;
		if (!this.client) return;
		if (packet?.type !== "REQ" || packet.payload.stream) this.client.publish(topic, data);
		else this.client.publish(topic, data, { reply: `${this.#inbox}.${packet.payload.id}` });
	}

	#undeliverable({ subject, headers }: Message): void {
		if (headers?.code !== noResponders) return;
		const id = subject.slice(this.#inbox.length + 1);
		const { transit } = this;
		const request = transit.pendingRequests.get(id) as Pending | undefined;
		if (!request) return;
		transit.removePendingRequest(id);
		request.reject(undeliveredError(request.action.name, request.nodeID));
		// Ends the calls that wait for that node; it is back with its next heartbeat if it lives.
		transit.discoverer.remoteNodeDisconnected(request.nodeID, true);
	}

	async #watch(): Promise<void> {
		for await (const { type } of this.client.status()) {
			if (type === "disconnect") {
				this.online = false;
				this.outages += 1;
			}
			if (type !== "reconnect") continue;
			this.online = true;
			await this.transit.discoverer.sendLocalNodeInfo();
		}
	}
}
