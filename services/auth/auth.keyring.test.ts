import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AccessTokenKeys, verifyAccessToken } from "../../lib/access-token.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { Keyring } from "./auth.keyring.ts";
import { issueAccessToken } from "./auth.tokens.ts";

const now = new Date("2026-11-21T09:00:00.000Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const sealingKey = randomBytes(32);

describe.each(sqlBackends)("signing keys on $name", (backend) => {
	const open = databasesOf(backend, ["auth"]);

	it.skipIf(!backend.available)("nodes that start together make one key", async () => {
		const db = await open();
		const rings = Array.from({ length: 8 }, () => new Keyring(db, sealingKey));
		const keys = await Promise.all(rings.map((ring) => ring.current(now)));
		expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
		const rows = await db.query<{ private_sealed: Buffer }>("SELECT * FROM auth_keys");
		expect(rows).toHaveLength(1);
		const secret = keys[0]?.privateKey.export({ format: "jwk" }).d as string;
		expect(rows[0]?.private_sealed.includes(Buffer.from(secret))).toBe(false);
	});

	it.skipIf(!backend.available)(
		"a new key is published first and used a minute later",
		async () => {
			const db = await open();
			const ring = new Keyring(db, sealingKey);
			const before = await ring.current(now);
			const rotations = await Promise.all([
				ring.rotate(now),
				new Keyring(db, sealingKey).rotate(now),
				ring.rotate(now)
			]);
			const [next] = rotations;
			expect(new Set(rotations.map(({ kid }) => kid)).size).toBe(1);
			expect(next?.activeFrom).toEqual(later(60));
			expect((await ring.published(now)).map(({ kid }) => kid)).toEqual([before.kid, next?.kid]);
			expect((await ring.current(later(59))).kid).toBe(before.kid);
			expect((await ring.current(later(60))).kid).toBe(next?.kid);
			expect((await ring.published(later(700))).map(({ kid }) => kid)).toEqual([next?.kid]);
		}
	);

	it.skipIf(!backend.available)("tokens of both keys pass while either may be in use", async () => {
		const db = await open();
		const ring = new Keyring(db, sealingKey);
		const issue = async (at: Date) =>
			issueAccessToken({ userId: "7", sessionId: "9", now: at }, await ring.current(at));
		const old = await issue(now);
		await ring.rotate(now);
		const fresh = await issue(later(61));
		const keys = new AccessTokenKeys(() => ring.published(later(62)));
		for (const token of [old, fresh]) {
			expect(await verifyAccessToken(token, keys, later(62))).toMatchObject({
				userId: "7",
				sessionId: "9"
			});
		}
	});

	it.skipIf(!backend.available)("says what is wrong when the master secret changed", async () => {
		const db = await open();
		await new Keyring(db, sealingKey).current(now);
		await expect(new Keyring(db, randomBytes(32)).current(now)).rejects.toThrow("MASTER_SECRET");
	});
});
