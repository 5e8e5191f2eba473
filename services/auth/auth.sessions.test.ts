import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import {
	deleteExpired,
	endSessions,
	findEndedSince,
	findLiveSession,
	findLiveSessions
} from "./auth.sessions.model.ts";
import { openSession, refreshSession } from "./auth.sessions.ts";

const now = new Date("2026-11-21T09:00:00.000Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const key = randomBytes(32);

describe.each(sqlBackends)("sessions on $name", (backend) => {
	const open = databasesOf(backend, ["auth"]);
	const begin = async (db: Sql, id = "1", at = now) =>
		(await openSession(db, { id, userId: "7", deviceName: "phone", now: at })).refreshToken;
	const refresh = (db: Sql, token: string, at: Date) => refreshSession(db, { token, key, now: at });
	const isAlive = async (db: Sql, id = "1", at = now) =>
		(await findLiveSession(db, { id, now: at })) !== undefined;

	it.skipIf(!backend.available)("a token is traded for the next, again and again", async () => {
		const db = await open();
		let token = await begin(db);
		const seen = new Set([token]);
		for (let turn = 1; turn <= 5; turn++) {
			const refreshed = await refresh(db, token, later(turn * 600));
			expect(refreshed).toMatchObject({ verdict: "rotate", sessionId: "1", userId: "7" });
			token = refreshed?.refreshToken ?? "";
			seen.add(token);
		}
		expect(seen.size).toBe(6);
		const [session] = await findLiveSessions(db, { userId: "7", now: later(3_000) });
		expect(session?.lastSeenAt).toEqual(later(3_000));
		const rows = await db.query<{ token_hash: Buffer }>(
			"SELECT token_hash FROM auth_refresh_tokens"
		);
		expect(rows.some(({ token_hash }) => seen.has(token_hash.toString("base64url")))).toBe(false);
	});

	it.skipIf(!backend.available)("50 refreshes at once have one successor", async () => {
		const db = await open();
		const token = await begin(db);
		const results = await Promise.all(
			Array.from({ length: 50 }, (_, n) => refresh(db, token, later(1 + n / 10)))
		);
		const successors = new Set(results.map((result) => result?.refreshToken));
		expect(successors.size).toBe(1);
		expect(results.filter((result) => result?.verdict === "rotate")).toHaveLength(1);
		expect(results.filter((result) => result?.verdict === "repeat")).toHaveLength(49);
		expect(await isAlive(db)).toBe(true);
		const [successor = ""] = successors;
		expect(await refresh(db, successor ?? "", later(600))).toMatchObject({ verdict: "rotate" });
	});

	it.skipIf(!backend.available)(
		"a lost answer is given again for 10 s, then it is theft",
		async () => {
			const db = await open();
			const token = await begin(db);
			const first = await refresh(db, token, later(0));
			const again = await refresh(db, token, later(10));
			expect(again).toEqual({ ...first, verdict: "repeat" });
			const successor = first?.refreshToken ?? "";

			expect(await refresh(db, token, later(10.5))).toMatchObject({
				verdict: "reuse",
				sessionId: "1"
			});
			expect(await isAlive(db)).toBe(false);
			expect(await refresh(db, successor, later(11))).toBeUndefined();
			expect(await refresh(db, token, later(11))).toBeUndefined();
		}
	);

	it.skipIf(!backend.available)("refuses what it does not know, and what is over", async () => {
		const db = await open();
		const token = await begin(db);
		expect(await refresh(db, randomBytes(32).toString("base64url"), now)).toBeUndefined();
		expect(await refresh(db, token, later(limits.refreshTokenSecondsMax))).toBeUndefined();
		const second = await begin(db, "2");
		await endSessions(db, ["2"], { reason: "signed-out", now });
		expect(await refresh(db, second, now)).toBeUndefined();
	});

	it.skipIf(!backend.available)("a session ends once, with its first reason", async () => {
		const db = await open();
		for (const id of ["1", "2", "3"]) await begin(db, id);
		await endSessions(db, ["1", "2"], { reason: "banned", now: later(1) });
		await endSessions(db, ["1", "3", "4"], { reason: "ended", now: later(2) });
		const rows = await db.query("SELECT id, end_reason FROM auth_sessions ORDER BY id");
		expect(rows.map((row) => row.end_reason)).toEqual(["banned", "banned", "ended"]);
		expect(await findEndedSince(db, later(1), 2)).toEqual([
			{ id: "1", endedAt: later(1), reason: "banned" },
			{ id: "2", endedAt: later(1), reason: "banned" }
		]);
		expect(await findEndedSince(db, later(1.001), 9)).toMatchObject([
			{ id: "3", endedAt: later(2), reason: "ended" }
		]);
		await endSessions(db, [], { reason: "ended", now });
	});

	it.skipIf(!backend.available)("the least used sessions give way to new ones", async () => {
		const db = await open();
		const max = limits.sessionsPerUserMax;
		for (let n = 1; n <= max; n++) await begin(db, String(n), later(n));
		const { pushedOut } = await openSession(db, {
			id: String(max + 1),
			userId: "7",
			deviceName: "new",
			now: later(0)
		});
		expect(pushedOut.map(({ id }) => id)).toEqual(["1"]);
		const live = await findLiveSessions(db, { userId: "7", now });
		expect(live).toHaveLength(max);
		expect(live.some(({ id }) => id === String(max + 1))).toBe(true);
	});

	it.skipIf(!backend.available)("forgets what has long expired", async () => {
		const db = await open();
		await begin(db, "1", now);
		await begin(db, "2", later(86_400));
		await deleteExpired(db, later(limits.refreshTokenSecondsMax + 1));
		expect(await db.query("SELECT id FROM auth_sessions")).toEqual([{ id: 2 }]);
		expect(await db.query("SELECT 1 FROM auth_refresh_tokens")).toHaveLength(1);
	});
});
