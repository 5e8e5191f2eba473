/**
 * `npm run migrate` brings the tables up to date and, where there is NATS, the streams and durable
 * consumers of every channel; running it again changes nothing. `npm run migrate -- --status`
 * only tells what is pending.
 */
import { parseArgs } from "node:util";
import type { ServiceSchema } from "moleculer";
import { type Env, loadEnv } from "../config/env.ts";
import { serviceFile, servicesOf } from "../config/processes.ts";
import { type ChannelPlan, ensureStreams, planOf } from "../mixins/channels/index.ts";
import { migrate, migrationStatus } from "../mixins/sql/migrations.ts";
import { allContracts } from "../services/contracts.ts";
import { explain } from "./explain.ts";

/** Runs what is pending; returns what was done, line by line. */
export async function migrateAll(env: Env): Promise<string[]> {
	const done = await migrate(env);
	const lines = done.length > 0 ? done.map((name) => `ran ${name}`) : ["Tables are up to date."];
	if (!env.natsUrl) return lines;
	const made = await ensureStreams(env.natsUrl, await wholePlan());
	lines.push(`${made.streams} streams with ${made.consumers} durable consumers are in place.`);
	for (const name of made.removed) lines.push(`removed the consumer ${name}, which nobody reads`);
	return lines;
}

/** Every channel of the platform with its consumers. */
export async function wholePlan(): Promise<ChannelPlan[]> {
	const schemas = await Promise.all(
		servicesOf("all").map(async (name) => {
			const module: { default: ServiceSchema } = await import(serviceFile(name).href);
			return module.default;
		})
	);
	return planOf(allContracts, schemas);
}

async function status(env: Env): Promise<string[]> {
	const { executed, pending } = await migrationStatus(env);
	return [
		...executed.map((name) => `done     ${name}`),
		...pending.map((name) => `pending  ${name}`)
	];
}

if (import.meta.main) {
	try {
		const { values } = parseArgs({ options: { status: { type: "boolean", default: false } } });
		const env = loadEnv();
		const lines = values.status ? await status(env) : await migrateAll(env);
		console.log(lines.join("\n"));
	} catch (error) {
		console.error(explain(error));
		process.exit(1);
	}
}
