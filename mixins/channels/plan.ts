/** Which channels there are and who consumes them, read from contracts and service schemas. */
import type { Contract } from "../../lib/contract.ts";

export interface ChannelPlan {
	/** `users.registered`. */
	readonly name: string;
	/** One durable consumer each; the name of the consuming service. */
	readonly groups: readonly string[];
}

/** What is looked at in a service schema. */
export interface Consuming {
	readonly name: string;
	readonly channels?: Readonly<Record<string, unknown>>;
}

/**
 * Every channel of every contract with its groups, alphabetical. Throws when a service consumes a
 * channel that no contract declares: it would wait for ever.
 */
export function planOf(
	contracts: readonly Pick<Contract, "name" | "channels">[],
	services: readonly Consuming[]
): ChannelPlan[] {
	const groups = new Map<string, Set<string>>();
	for (const { name, channels } of contracts) {
		for (const channel of Object.keys(channels)) groups.set(`${name}.${channel}`, new Set());
	}
	for (const { name, channels = {} } of services) {
		for (const channel of Object.keys(channels)) {
			const known = groups.get(channel);
			if (!known) throw new Error(`"${name}" consumes "${channel}", which no contract declares.`);
			known.add(name);
		}
	}
	return [...groups]
		.map(([name, consumers]) => ({ name, groups: [...consumers].sort() }))
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}
