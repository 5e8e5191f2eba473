/**
 * Demo people, so that a newcomer can sign in at once: a host, a viewer and an operator; and a room
 * of the host with goods, for `npm run demo:stream`. Safe to run again. `npm start` does it outside
 * production (`DEMO=0` keeps it from it); `npm run seed` does it for a cluster (with `NATS_URL`
 * set) or for a platform that does not run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import { type Env, loadEnv } from "../config/env.ts";
import { limits } from "../config/limits.ts";
import { loadServices } from "../config/processes.ts";
import { typed } from "../lib/context.ts";
import { isError } from "../lib/errors.ts";
import { explain } from "./explain.ts";
import { migrateAll } from "./migrate.ts";
import { seedGoods } from "./seed/goods.ts";

export const demoRoom = { title: "Demo room", category: "other" } as const;
export const demoPassword = "demo-demo";

/** What each of them begins with. */
export const demoCoins = 10_000;

export const demoPeople = [
	{ username: "demo-host", nickname: "Demo host", tags: ["host"] },
	{ username: "demo-viewer", nickname: "Demo viewer", tags: [] },
	{ username: "demo-operator", nickname: "Demo operator", tags: ["operator"] }
] as const;

/** The services that must be somewhere on the bus. */
const needed = [
	...["auth", "users", "tags", "ids", "rooms", "wallets"],
	...["files", "products", "room-products"]
];

/** Needs the services above. */
export async function seed(broker: ServiceBroker): Promise<void> {
	const { call } = typed(broker);
	for (const { username, nickname, tags } of demoPeople) {
		try {
			await call("auth.register", { username, nickname, password: demoPassword });
		} catch (error) {
			if (!isError(error, "USERNAME_TAKEN")) throw error;
		}
		const { userId } = await call("users.findByUsername", { username });
		if (userId === null) throw new Error(`The demo user ${username} could not be made.`);
		for (const tag of tags) await call("tags.set", { userId, tag });
		await call("wallets.grant", { userId, amount: demoCoins, reference: `demo:${userId}` });
		if (username !== "demo-host") continue;
		const roomId = await seedRoom(broker, userId);
		await seedGoods(broker, { hostId: userId, roomId });
	}
}

/** The room that any host would have made, or the one that the host has already. */
async function seedRoom(broker: ServiceBroker, hostId: string): Promise<string> {
	const { call } = typed(broker);
	const { items } = await call("rooms.list", { hostId, limit: 1 });
	if (items[0]) return items[0].id;
	const meta = { user: { id: hostId, sessionId: "0" } };
	for (const deadline = Date.now() + 2 * limits.tagsAgeMillisecondsMax; ; await sleep(100)) {
		try {
			return (await call("rooms.create", demoRoom, { meta })).id;
		} catch (error) {
			// The tag of a moment ago is not known to every node yet.
			if (!isError(error, "FORBIDDEN") || Date.now() > deadline) throw error;
		}
	}
}

/** Joins the cluster of `env`, or runs the services that it needs itself, and seeds. */
export async function seedApart(env: Env): Promise<void> {
	const broker = new ServiceBroker(brokerOptions({ ...env, nodeId: `seed-${env.nodeId}` }));
	if (!env.natsUrl) {
		await migrateAll(env);
		await loadServices(broker, "core", "live", "money", "shop");
	}
	try {
		await broker.start();
		await broker.waitForServices(needed, 20_000);
		await seed(broker);
	} finally {
		await broker.stop();
	}
}

async function main(): Promise<void> {
	const env = loadEnv();
	if (env.production) throw new Error("Demo people have a known password: not in production.");
	await seedApart(env);
	console.log(`Demo people: ${demoPeople.map(({ username }) => username).join(", ")}.`);
}

if (import.meta.main) {
	try {
		await main();
		process.exit(0);
	} catch (error) {
		console.error(explain(error));
		process.exit(1);
	}
}
