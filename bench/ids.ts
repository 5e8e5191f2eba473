/** An id through the broker, out of a segment, beside one UPDATE of a counter row per id. */
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import type { Env } from "../config/env.ts";
import { typed } from "../lib/context.ts";
import { openSql } from "../mixins/sql/index.ts";
import idsService from "../services/ids/ids.service.ts";
import { onEachSql } from "./backends.ts";
import { bench, type Compare, closedLoop } from "./harness.ts";

async function idsOn(name: string, env: Env, compare: Compare): Promise<void> {
	const broker = new ServiceBroker(brokerOptions(env));
	broker.createService(idsService);
	await broker.start();
	const db = openSql(env);
	try {
		await db.execute("CREATE TABLE bench_counter (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)");
		await db.execute("INSERT INTO bench_counter (id, value) VALUES (1, 1)");
		const take = () => typed(broker).call("ids.take", { name: "users" });
		// Generous to the peer: it would still have to learn which number it got.
		const update = () => db.execute("UPDATE bench_counter SET value = value + 1 WHERE id = 1");
		for (const inFlight of [1, 32]) {
			await compare({
				what: `ids.take on ${name}, ${inFlight} in flight`,
				unit: "ids/s",
				ours: closedLoop(take, { inFlight }),
				peer: closedLoop(update, { inFlight }),
				peerName: "one UPDATE per id"
			});
		}
	} finally {
		await db.close();
		await broker.stop();
	}
}

await bench("ids", (compare) => onEachSql((name, env) => idsOn(name, env, compare)));
