/** U8: no number is handed out twice, whoever asks and whoever dies meanwhile. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Env } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import { sqlBackends } from "../harness/backends.ts";
import { until } from "../harness/until.ts";

const mariadb = sqlBackends.find(({ name }) => name === "mariadb");
const wanted = 1_000_000;
const firstId = 1_001;
const step = 20;

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

interface Taker {
	readonly child: ChildProcess;
	readonly exit: Promise<unknown[]>;
	readonly takenFile: string;
	readonly countersFile: string;
	readonly errors: string[];
}

function startTaker(env: Env, file: string): Taker {
	const [takenFile, countersFile] = [`${file}.ids`, `${file}.counters`];
	const script = new URL("ids-taker.ts", import.meta.url).pathname;
	const child = spawn(process.execPath, [script, takenFile, countersFile], {
		stdio: ["ignore", "ignore", "pipe"],
		env: { NODE_ENV: "test", MYSQL_URL: env.mysqlUrl, DATA_DIR: env.dataDir }
	});
	const errors: string[] = [];
	child.stderr?.on("data", (chunk) => errors.push(String(chunk)));
	closing.push(() => child.kill("SIGKILL"));
	return { child, exit: once(child, "exit"), takenFile, countersFile, errors };
}

const takenBy = ({ takenFile }: Taker): number => {
	const size = statSync(takenFile, { throwIfNoEntry: false })?.size ?? 0;
	return Math.floor(size / 8);
};

/** A process killed within a write may leave part of a number behind: it is left out. */
function numbersOf(taker: Taker): Float64Array {
	const bytes = readFileSync(taker.takenFile);
	return new Float64Array(bytes.buffer.slice(bytes.byteOffset), 0, takenBy(taker));
}

/** An empty database whose users get segments of 20: many edges between different processes. */
async function openSegments(): Promise<{ env: Env; db: Sql; folder: string }> {
	const { env, close } = await (mariadb as (typeof sqlBackends)[number]).open();
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-ids-"));
	closing.push(close, () => rmSync(folder, { recursive: true, force: true }));
	await migrate(env);
	const db = openSql(env);
	closing.push(() => db.close());
	await db.execute(
		"INSERT INTO ids_segments (name, next_value, step, version) VALUES (?, ?, ?, 1)",
		["users", firstId, step]
	);
	return { env, db, folder };
}

function inFlight(taker: Taker): number {
	const bytes = Uint8Array.from(readFileSync(taker.countersFile));
	const [asked = 0, answered = 0] = new Float64Array(bytes.buffer);
	return asked - answered;
}

const stands = ({ child }: Taker): boolean =>
	readFileSync(`/proc/${child.pid}/stat`, "utf8").includes(") T ");

/** `kill -9` at a moment when calls are under way: it is stopped until such a moment is met. */
async function killInTheMiddle(victim: Taker): Promise<void> {
	await until(async () => {
		victim.child.kill("SIGSTOP");
		await until(() => stands(victim));
		if (inFlight(victim) > 0) return true;
		victim.child.kill("SIGCONT");
		return false;
	});
	victim.child.kill("SIGKILL");
	const [, signal] = await victim.exit;
	expect(signal).toBe("SIGKILL");
	expect(inFlight(victim), "calls in flight when it died").toBeGreaterThan(0);
}

describe.skipIf(!mariadb?.available)("ids under kill -9", () => {
	it("hands out a million numbers from 4 processes, two of them killed, none twice", async () => {
		const { env, db, folder } = await openSegments();
		const all = [0, 1, 2, 3].map((number) => startTaker(env, join(folder, `taker-${number}`)));
		const running = [...all];
		const total = () => all.reduce((sum, taker) => sum + takenBy(taker), 0);
		await until(() => all.every((taker) => takenBy(taker) > 0), 30_000);

		for (const share of [0.1, 0.5]) {
			await until(() => total() > wanted * share, 60_000);
			await killInTheMiddle(running.shift() as Taker);
			const successor = startTaker(env, join(folder, `successor-${share}`));
			all.push(successor);
			running.push(successor);
			await until(() => takenBy(successor) > 0, 30_000);
		}
		// However fast they are: a good part is taken after the second death.
		const enough = Math.max(wanted, total() + wanted / 5);
		await until(() => total() >= enough, 90_000);
		for (const taker of running) taker.child.kill("SIGTERM");
		for (const taker of running) {
			expect(await taker.exit, taker.errors.join("")).toEqual([0, null]);
		}

		const seen = new Set<number>();
		for (const taker of all) for (const number of numbersOf(taker)) seen.add(number);
		expect(seen.size, "different numbers").toBe(total());
		const [row] = await db.query<{ next_value: number; version: number }>(
			"SELECT next_value, version FROM ids_segments WHERE name = ?",
			["users"]
		);
		const outside = [...seen].filter(
			(number) => number < firstId || number >= Number(row?.next_value)
		);
		expect(outside).toEqual([]);
		const segmentsLeast = wanted / (step * limits.idsStepsPerSegmentMax);
		expect(Number(row?.version), "segments shared out").toBeGreaterThan(segmentsLeast);
	});
});
