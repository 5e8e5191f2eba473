/** A guest on the bus: sees what waits for the sockets of an edge, and fills a room. */
import { randomUUID } from "node:crypto";
import type { Env } from "../../../config/env.ts";
import { typed } from "../../../lib/context.ts";
import { startBroker } from "../../harness/broker.ts";

const wide = "x".repeat(8_000);

/** `pid` is of the edge. */
export async function watchSockets(env: Env, pid: number) {
	const broker = await startBroker({ env, services: [], nodeId: `watch-${process.pid}` });
	await broker.waitForServices(["im-gateway", "im-router"], 10_000);
	const { call } = typed(broker);
	const nodes = broker.registry.nodes.list({ onlyAvailable: true, withServices: false });
	const nodeID = (nodes as { id: string }[]).find(({ id }) => id.endsWith(`-${pid}`))?.id;
	if (!nodeID) throw new Error(`The edge ${pid} is not there.`);
	return {
		/** Bytes that wait for each socket of the edge. */
		async unsent(): Promise<number[]> {
			const { items } = await call("im-gateway.sockets", {}, { nodeID });
			return items.map(({ unsentBytes }) => unsentBytes);
		},
		/** Messages of 8 KB to all in a room, which a slow reader may miss. */
		async shout(roomId: string, messages: number): Promise<void> {
			const message = { roomId, kind: "system", class: "ephemeral", body: { wide } } as const;
			await Promise.all(
				Array.from({ length: messages }, () =>
					call("im-router.publish", { ...message, messageId: randomUUID() })
				)
			);
		},
		stop: () => broker.stop()
	};
}
