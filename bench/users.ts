/** Reading a user with the cache, at the service and through the gateway, beside without it. */
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import type { Env } from "../config/env.ts";
import { typed } from "../lib/context.ts";
import idsService from "../services/ids/ids.service.ts";
import tagsService from "../services/tags/tags.service.ts";
import usersService from "../services/users/users.service.ts";
import { onEachSql } from "./backends.ts";
import { bench, type Compare, closedLoop } from "./harness.ts";
import { load, type Served, serve } from "./http.ts";
import { withoutCache } from "./users/without-cache.ts";

const people = 1_000;
const inFlight = 32;

async function start(env: Env): Promise<ServiceBroker> {
	const broker = new ServiceBroker(brokerOptions(env));
	for (const schema of [idsService, tagsService, usersService]) broker.createService(schema);
	await broker.start();
	return broker;
}

async function register(broker: ServiceBroker): Promise<string[]> {
	const numbers = Array.from({ length: people }, (_, at) => `+1555${String(at).padStart(7, "0")}`);
	const ids: string[] = [];
	for (const phone of numbers) {
		ids.push((await typed(broker).call("users.registerPhone", { phone })).userId);
	}
	return ids;
}

/** Reads one user after another, all of them in turn. */
function reader(broker: ServiceBroker, ids: readonly string[]) {
	let at = 0;
	return () => typed(broker).call("users.getMany", { ids: [ids[at++ % ids.length] as string] });
}

async function atTheService(env: Env, name: string, compare: Compare): Promise<string> {
	const brokers = [await start(env), await start(env)] as const;
	const [cached, uncached] = brokers;
	try {
		withoutCache(uncached);
		const ids = await register(cached);
		await compare({
			what: `users.getMany of one on ${name}, ${inFlight} in flight`,
			unit: "reads/s",
			ours: closedLoop(reader(cached, ids), { inFlight }),
			peer: closedLoop(reader(uncached, ids), { inFlight }),
			peerName: "the same without the cache"
		});
		return ids[0] as string;
	} finally {
		await Promise.all(brokers.map((broker) => broker.stop()));
	}
}

async function throughTheGateway(
	env: Env,
	{ name, id }: { name: string; id: string },
	compare: Compare
): Promise<void> {
	const script = join(import.meta.dirname, "users", "server.ts");
	const words = [env.dataDir, ...(env.mysqlUrl ? [env.mysqlUrl] : [])];
	const servers: Served[] = [];
	try {
		for (const kind of ["cached", "uncached"]) servers.push(await serve(script, kind, ...words));
		const [cached, uncached] = servers as [Served, Served];
		const path = `/api/users?ids=${id}`;
		await compare({
			what: `GET /api/users of one on ${name}, ${inFlight} connections`,
			unit: "requests/s",
			ours: load(cached.url + path, inFlight),
			peer: load(uncached.url + path, inFlight),
			peerName: "the same without the cache"
		});
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
	}
}

await bench("users", (compare) =>
	onEachSql(async (name, env) => {
		const id = await atTheService(env, name, compare);
		await throughTheGateway(env, { name, id }, compare);
	})
);
