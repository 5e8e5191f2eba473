/**
 * Which services share a process. `ROLE=edge npm run node` starts that group; embedded mode runs
 * them all in one. A service may be in several groups: the broker balances over its instances and
 * prefers the one beside the caller.
 *
 * `ids` sits wherever ids are taken often: each instance hands out segments of its own, so a
 * local call (about 1 µs) replaces a network hop.
 */
import type { ServiceBroker, ServiceSchema } from "moleculer";

export const processes = {
	/** Clients come in here. */
	edge: ["gateway", "health", "ids", "im-gateway", "im-router"],
	/** People and the platform's own administration. */
	core: ["auth", "users", "tags", "ids", "admin", "outbox", "files", "moderation"],
	/** Rooms and who follows their hosts. */
	live: ["rooms", "follows", "notices", "ids"],
	/** Coins: who has them and where they go; and who gave most of them. */
	money: ["wallets", "gifts", "payments", "ranks", "ids"],
	/** What is sold: goods, their stock, and where they are sent. */
	shop: [
		...["products", "room-products", "stock", "addresses", "carts", "orders", "flash-sales"],
		"ids"
	],
	/** Video in and out; a node that is full or gone takes its streams with it, and nothing else. */
	media: ["media"]
} as const satisfies Record<string, readonly string[]>;

export type Role = keyof typeof processes;

/** Folders below `services/` that a process with this role loads; `all` is embedded mode. */
export function servicesOf(role: string): string[] {
	if (role === "all") return [...new Set(Object.values(processes).flat())].sort();
	const services = processes[role as Role];
	if (!services) {
		const known = ["all", ...Object.keys(processes)].join(", ");
		throw new Error(`ROLE=${role} is not known. It is one of: ${known}.`);
	}
	return [...services];
}

/** Where the schema of a service lies. */
export const serviceFile = (name: string): URL =>
	new URL(`../services/${name}/${name}.service.ts`, import.meta.url);

/** Loads the services of roles into a broker; call before `broker.start()`. */
export async function loadServices(
	broker: ServiceBroker,
	...roles: readonly string[]
): Promise<void> {
	for (const name of new Set(roles.flatMap(servicesOf))) {
		const module: { default: ServiceSchema } = await import(serviceFile(name).href);
		broker.createService(module.default);
	}
}
