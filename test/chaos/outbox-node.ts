/**
 * One node of the outbox test: `node outbox-node.ts relay|consumers <namespace> <nodeId>`, its
 * servers in the environment. Runs until it is stopped or killed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceSchema } from "moleculer";
import { loadEnv } from "../../config/env.ts";
import { openSql } from "../../mixins/sql/index.ts";
import outbox from "../../services/outbox/outbox.service.ts";
import { once } from "../../services/outbox/outbox.tx.ts";
import { consumer, neighbours, startOutboxNode } from "../integration/outbox-node.ts";

const [kind = "", namespace = "", nodeId = ""] = process.argv.slice(2);
const env = loadEnv();
const sql = openSql(env);

/** Writes one effect for each message, in the transaction that remembers the message. */
const counting = (name: string): ServiceSchema =>
	consumer(name, "outbox.cacheExpired", async (ctx) => {
		const [key = ""] = ctx.params.keys;
		await sql.transaction(async (tx) => {
			if (!(await once(tx, name, ctx.headers["message-id"]))) {
				await tx.execute("INSERT INTO chaos_repeats (consumer) VALUES (?)", [name]);
				return;
			}
			if (key === "poison" && name === "ledger") {
				const cured = await tx.query("SELECT consumer FROM chaos_cured");
				if (cured.length === 0) throw new Error("This cannot be digested.");
			}
			await tx.execute("INSERT INTO chaos_effects (consumer, name) VALUES (?, ?)", [name, key]);
		});
		// Between commit and acknowledgement: who is killed here gets the message again.
		await sleep(100);
	});

const services =
	kind === "relay" ? [outbox, ...neighbours] : [counting("ledger"), counting("stock")];
const broker = await startOutboxNode({ env, namespace, services, nodeId });
process.once("SIGTERM", async () => {
	await broker.stop();
	await sql.close();
});
