/** Private messages to users spread over the nodes: what all nodes together burn for each. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Side } from "../harness.ts";
import { LightSocket } from "./light-socket.ts";
import { cpuOf, type Nodes } from "./nodes.ts";
import { mustBeAll, type Person, patient } from "./room.ts";

export interface DirectSide {
	/** CPU of the nodes per message, in microseconds, at so many messages a second together. */
	at(kind: "hint" | "kept", perSecond: number): Side;
	close(): void;
}

/** How long a client waits before it acks what came, as the page does. */
const ackMilliseconds = 50;

export async function directSide(
	nodes: Nodes,
	people: readonly Person[],
	greeting: "connect" | "ready"
): Promise<DirectSide> {
	/** Ids, so that a message that comes again does not count again. */
	let arrived = new Set<string>();
	const acks = new Map<LightSocket, NodeJS.Timeout>();
	const onMarked = (payload: Buffer, _markAt: number, socket: LightSocket): void => {
		const [, envelope] = JSON.parse(payload.toString("utf8", 2)) as [
			string,
			{ id: string; sequence?: number }
		];
		arrived.add(envelope.id);
		if (envelope.sequence === undefined) return;
		socket.sequence = envelope.sequence;
		if (acks.has(socket)) return;
		const ack = () => {
			acks.delete(socket);
			void socket.request("call", "im.ack", { upTo: socket.sequence });
		};
		acks.set(socket, setTimeout(ack, ackMilliseconds));
	};
	const sockets: LightSocket[] = [];
	for (const [index, { userId, token }] of people.entries()) {
		const url = nodes.urls[index % nodes.urls.length] as string;
		const auth = { token, userId, deviceId: `bench-${userId}` };
		sockets.push(await LightSocket.open({ url, auth, onMarked }, greeting));
	}
	const userIds = people.map(({ userId }) => userId);
	return {
		at: (kind, perSecond) =>
			patient(async (milliseconds) => {
				const order = { kind, userIds, perSecond: perSecond / nodes.urls.length };
				await nodes.push({ ...order, milliseconds: 500 });
				await sleep(500);
				arrived = new Set();
				const before = cpuOf(nodes.pids);
				const sent = await nodes.push({ ...order, milliseconds });
				// The last acks belong to it.
				for (let waits = 0; arrived.size < sent && waits < 500; waits += 1) await sleep(10);
				await sleep(300);
				const burnt = cpuOf(nodes.pids) - before;
				mustBeAll(arrived.size, sent);
				return burnt / sent;
			}),
		close() {
			for (const socket of sockets) socket.close();
		}
	};
}
