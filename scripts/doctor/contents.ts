/** Whether the servers hold what the platform needs: tables, streams, a replica that follows. */
import { existsSync } from "node:fs";
import type { Env } from "../../config/env.ts";
import { clusterNamespace } from "../../config/nats.ts";
import { migrationStatus } from "../../mixins/sql/migrations.ts";
import { sqliteFile } from "../backup/sqlite.ts";
import { wholePlan } from "../migrate.ts";
import { query } from "../servers/mariadb.ts";
import { type Finding, findingsOf, messageOf } from "./finding.ts";
import { missingStreams } from "./stores.ts";

const lagMillisecondsMax = 30_000;
const timeoutMs = 3_000;
const finding = findingsOf("reachable");

export async function lookAtMigrations(env: Env): Promise<Finding> {
	const name = "migrations";
	// A look must not make the file.
	if (!env.mysqlUrl && !existsSync(sqliteFile(env.dataDir))) {
		return finding(name, "no database yet: the first start makes it");
	}
	try {
		const { executed, pending } = await migrationStatus(env);
		if (pending.length === 0) return finding(name, `all ${executed.length} have run`);
		// The embedded platform brings its tables up itself; nodes of a cluster do not.
		const state = env.natsUrl ? "problem" : "note";
		const detail = `${pending.length} pending, the first is ${pending[0]}`;
		return finding(name, { state, detail, cure: "npm run migrate" });
	} catch (error) {
		const cure = "Cure the database first, then look again.";
		return finding(name, { state: "problem", detail: messageOf(error), cure });
	}
}

/** A node whose consumer is missing does not start. */
export async function lookAtStreams({ natsUrl }: Env): Promise<Finding | undefined> {
	if (natsUrl === undefined) return undefined;
	const name = "streams";
	try {
		const plan = await wholePlan();
		const missing = await missingStreams(natsUrl, { plan, namespace: clusterNamespace });
		if (missing.length === 0) return finding(name, `all ${plan.length}, with their consumers`);
		const detail = `${missing.length} are missing, the first is ${missing[0]}`;
		return finding(name, { state: "problem", detail, cure: "npm run migrate" });
	} catch (error) {
		const cure = "Cure NATS first, then look again.";
		return finding(name, { state: "problem", detail: messageOf(error), cure });
	}
}

/** By the canary, which is written to the primary every few seconds while a platform runs. */
export async function lookAtReplica(env: Env): Promise<Finding | undefined> {
	const { mysqlUrl, mysqlReplicaUrl } = env;
	if (!mysqlUrl || !mysqlReplicaUrl) return undefined;
	const name = "replica";
	try {
		const [there, here] = [await canaryAt(mysqlUrl), await canaryAt(mysqlReplicaUrl)];
		if (there === undefined) return finding(name, "nothing has run yet that could lag");
		const late = there - (here ?? 0);
		if (late <= lagMillisecondsMax) return finding(name, "follows the primary");
		const detail = `${Math.round(late / 1_000)} s behind the primary, or not its replica at all`;
		const cure = "SHOW REPLICA STATUS there says why; docs/OPERATIONS.md, ReplicaLate.";
		return finding(name, { state: "problem", detail, cure });
	} catch (error) {
		const cure = "npm run migrate on the primary; then SHOW REPLICA STATUS on the replica.";
		return finding(name, { state: "note", detail: messageOf(error), cure });
	}
}

async function canaryAt(url: string): Promise<number | undefined> {
	const [row] = await query<{ at: number | string }>(
		url,
		"SELECT UNIX_TIMESTAMP(sent_at) * 1000 AS at FROM outbox_canary WHERE id = 1"
	);
	return row && Number(row.at);
}

/** One that the platform does not start itself. */
export async function lookAtSandbox({ sandbox }: Env): Promise<Finding | undefined> {
	if (!sandbox.on || !sandbox.external) return undefined;
	const name = "SANDBOX_URL";
	try {
		const answer = await fetch(`${sandbox.url}/health`, { signal: AbortSignal.timeout(timeoutMs) });
		if (answer.ok) return finding(name, `${new URL(sandbox.url).host} answers`);
		throw new Error(`it answered ${answer.status}`);
	} catch (error) {
		const detail = `${new URL(sandbox.url).host}: ${messageOf(error)}`;
		const cure = "Start it by npm run sandbox, or take SANDBOX_URL away; SANDBOX_PAYMENTS=off.";
		return finding(name, { state: "problem", detail, cure });
	}
}
