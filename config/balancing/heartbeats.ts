/**
 * Who is still there. Moleculer looks only once per `heartbeatTimeout`, so that a node may be
 * silent for twice that long, and it blames the others when it was itself deaf.
 */
import { Discoverers } from "moleculer";
import { limits } from "../limits.ts";

interface Silent {
	readonly local: boolean;
	readonly available: boolean;
	lastHeartbeatTime: number | null;
}

export class Heartbeats extends Discoverers.Local {
	#lookedAt = 0;

	override startHeartbeatTimers(): void {
		super.startHeartbeatTimers();
		clearInterval(this.checkNodesTimer);
		this.#lookedAt = performance.now();
		this.checkNodesTimer = setInterval(
			() => this.checkRemoteNodes(),
			limits.heartbeatCheckMilliseconds
		);
		this.checkNodesTimer.unref();
	}

	/** A process that stood still, or has no connection, heard nobody: all start anew. */
	override checkRemoteNodes(): void {
		const now = performance.now();
		const stoodStill = now - this.#lookedAt > 3 * limits.heartbeatCheckMilliseconds;
		this.#lookedAt = now;
		const { online } = (this.transit?.tx ?? {}) as { online?: boolean };
		if (!stoodStill && online !== false) {
			super.checkRemoteNodes();
			return;
		}
		for (const node of this.registry.nodes.toArray() as unknown as Silent[]) {
			if (!node.local && node.available) node.lastHeartbeatTime = Math.round(process.uptime());
		}
	}
}
