/** How the forwarder meets the cluster: the call to a node, and what its answer does to rows. */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import type { ForwarderSetup } from "./im-router.forwarder.ts";
import type { RouterMetrics } from "./im-router.metrics.ts";
import { isSettling } from "./im-router.rules.ts";
import type { RouterStore } from "./im-router.store.ts";

export interface ForwardingSetup {
	readonly broker: ServiceBroker;
	readonly store: RouterStore;
	readonly counters: RouterMetrics;
	/** Pushes what is kept for these users again soon. */
	owe(userIds: Iterable<string>): void;
}

export function forwarding({ broker, store, counters, owe }: ForwardingSetup): ForwarderSetup {
	const { call } = typed(broker);
	const options = { retries: 0, timeout: limits.deliverMillisecondsMax };
	/** A row that stays wrong while the store is away is found wrong again later. */
	const repair = (change: Promise<unknown>) => {
		change.then(
			() => counters.count("im.rows.repaired.total", 1),
			() => {}
		);
	};
	return {
		// A call to this very node is a local one: nothing is encoded or sent.
		deliver: (nodeID, params) => call("im-gateway.deliver", params, { ...options, nodeID }),
		isPresent: (nodeId) => isPresent(broker, nodeId),
		isBusUp: () => (broker.transit?.tx as { online?: boolean } | undefined)?.online !== false,
		onGone: (life) => repair(store.nodes.end(life)),
		onEmptyRooms(life, rooms) {
			for (const { roomId, generation } of rooms)
				repair(store.rooms.part(roomId, life, generation));
		},
		onAbsent(life, connections) {
			for (const { userId, deviceId, epoch, sequence } of connections) {
				// The device may be elsewhere by now.
				if (sequence !== undefined) owe([userId]);
				// Its node may be about to hear of it from us.
				if (isSettling(epoch, Date.now())) continue;
				repair(store.presence.disconnect({ userId, deviceId, epoch, life }));
			}
		},
		onUndelivered: (directs) => owe(directs.map(({ userId }) => userId)),
		count(what, lines) {
			const [name, reason] = what.split(".");
			if (name === "shed") counters.count("im.lines.shed.total", lines, reason);
			else if (name === "retried") counters.count("im.lines.retried.total", lines);
			else counters.count("im.lines.forwarded.total", lines);
		}
	};
}

function isPresent(broker: ServiceBroker, nodeId: string): boolean {
	if (nodeId === broker.nodeID) return true;
	const node = broker.registry.nodes.get(nodeId) as { available?: boolean } | undefined;
	return node?.available === true;
}
