/**
 * Which node gets the next call: the one that owes us the fewest answers.
 *
 * Round robin gives a node that hangs its full share until somebody notices. Here it stops getting
 * calls as soon as it owes one more answer than the others. A fault weighs on for a while, else a
 * node that fails at once would look like the least busy one and draw all traffic.
 */
import { type Endpoint, type ServiceBroker, Strategies } from "moleculer";
import { limits } from "../limits.ts";

/** What this process waits for, by node. */
export class Load {
	readonly #calls = new Map<string, number>();

	of(nodeId: string): number {
		return this.#calls.get(nodeId) ?? 0;
	}

	begin(nodeId: string): void {
		this.#calls.set(nodeId, this.of(nodeId) + 1);
	}

	end(nodeId: string): void {
		const left = this.of(nodeId) - 1;
		// Node ids carry the process id: those of nodes that are gone must not pile up.
		if (left > 0) this.#calls.set(nodeId, left);
		else this.#calls.delete(nodeId);
	}

	endAfterFault(nodeId: string): void {
		setTimeout(() => this.end(nodeId), limits.faultWeighsMilliseconds).unref();
	}
}

const loads = new WeakMap<ServiceBroker, Load>();

export function loadOf(broker: ServiceBroker): Load {
	let load = loads.get(broker);
	if (!load) {
		load = new Load();
		loads.set(broker, load);
	}
	return load;
}

export class LeastPending extends Strategies.Base {
	readonly #load: Load;
	#turn = 0;

	constructor(...rest: ConstructorParameters<typeof Strategies.Base>) {
		super(...rest);
		this.#load = loadOf(rest[1]);
	}

	/** Among equals they take turns: what comes rarely finds all nodes idle. */
	override select(list: Endpoint[]): Endpoint {
		this.#turn = (this.#turn + 1) % list.length;
		let best = list[this.#turn] as Endpoint;
		let least = this.#load.of(best.id);
		for (let step = 1; step < list.length && least > 0; step += 1) {
			const endpoint = list[(this.#turn + step) % list.length] as Endpoint;
			const calls = this.#load.of(endpoint.id);
			if (calls >= least) continue;
			best = endpoint;
			least = calls;
		}
		return best;
	}
}
