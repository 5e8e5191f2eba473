/**
 * Flash sales on MariaDB: accepted orders at the service beside one transaction per order, with the
 * same rows (purchase, unit, checkout, order, line, outbox message, the sale); and over HTTP,
 * accepted and sold out, beside the same gateway's empty route.
 */
import { join } from "node:path";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import type { Env } from "../config/env.ts";
import { typed } from "../lib/context.ts";
import { openSql } from "../mixins/sql/index.ts";
import flashSalesService from "../services/flash-sales/flash-sales.service.ts";
import idsService from "../services/ids/ids.service.ts";
import { onEachSql } from "./backends.ts";
import { saleLoad } from "./flash-sale/load.ts";
import { connections, oneByOne } from "./flash-sale/one-by-one.ts";
import { checkBooks, gatesOf, makeSale } from "./flash-sale/sales.ts";
import { bench, type Compare, closedLoop, say } from "./harness.ts";
import { serve } from "./http.ts";

const callers = 512;
const httpCallers = 256;
const units = 900_000;
const buyers = 100_000;

/** Services that buying waits for and does not ask. */
const silent = ["rooms", "products", "addresses"].map(
	(name) => ({ name }) as unknown as ServiceSchema
);

async function start(env: Env): Promise<ServiceBroker> {
	const broker = new ServiceBroker(brokerOptions(env));
	for (const schema of [idsService, flashSalesService, ...silent]) broker.createService(schema);
	await broker.start();
	return broker;
}

let asked = 0;

/** One purchase after another, by all buyers in turn; throws at any that was not bought. */
const buyer = (broker: ServiceBroker, saleId: string) => async () => {
	const number = ++asked;
	const user = { id: String(1_000 + (number % buyers)), sessionId: "1" };
	const headers = { "idempotency-key": `bench-${number}` };
	const params = { id: saleId, quantity: 1 };
	const { outcome } = await typed(broker).call("flash-sales.buy", params, {
		...{ meta: { user }, headers }
	});
	if (outcome !== "bought") throw new Error(`A purchase was answered ${outcome}.`);
};

async function atTheService(env: Env, compare: Compare): Promise<void> {
	const db = openSql(env);
	await makeSale(db, "1", units);
	await makeSale(db, "2", units);
	const [ours, peer] = [await start(env), await start(env)] as const;
	const stop = oneByOne(peer, env);
	try {
		for (const broker of [ours, peer]) await gatesOf(broker, ["1", "2"]);
		await compare({
			what: `accepted orders of one sale, ${callers} in flight`,
			unit: "orders/s",
			ours: closedLoop(buyer(ours, "1"), { inFlight: callers }),
			peer: closedLoop(buyer(peer, "2"), { inFlight: connections }),
			peerName: `one transaction per order, ${connections} connections`,
			reach: 12
		});
	} finally {
		await Promise.all([ours.stop(), peer.stop()]);
		await stop();
	}
	say(`  ${await checkBooks(db)}`);
	await db.close();
}

async function overHttp(env: Env, compare: Compare): Promise<void> {
	const script = join(import.meta.dirname, "flash-sale", "server.ts");
	const server = await serve(script, env.dataDir, env.mysqlUrl ?? "");
	try {
		// Accepted ones last: their messages go on being delivered for a while.
		for (const [what, reach] of [["sold-out", 0.7] as const, ["accepted", 0.4] as const]) {
			await compare({
				what: `POST /api/flash-sales/:id/purchases, ${what}, ${httpCallers} connections`,
				unit: "requests/s",
				ours: saleLoad(server.url, what, httpCallers),
				peer: saleLoad(server.url, "empty", httpCallers),
				peerName: "the same gateway's empty route, asked in the same way",
				reach
			});
		}
	} finally {
		await server.stop();
	}
	const db = openSql(env);
	say(`  ${await checkBooks(db)}`);
	await db.close();
}

await bench("flash-sale", (compare) =>
	onEachSql(async (name, env) => {
		if (name !== "MariaDB") return;
		await atTheService(env, compare);
		await overHttp(env, compare);
	})
);
