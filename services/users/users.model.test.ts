import { describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import {
	findPhone,
	findProfile,
	findProfiles,
	findUserByPhone,
	findUserByUsername,
	findUsername,
	insertPhone,
	insertProfile,
	insertUsername,
	isPhoneTaken,
	isUsernameTaken,
	setStatus,
	updateProfile
} from "./users.model.ts";
import { PhoneVault } from "./users.phones.ts";
import { rotatePhoneKeys } from "./users.rotation.ts";
import { profileShards } from "./users.rules.ts";

const at = new Date("2026-11-21T09:00:00.123Z");
const phoneIndexKey = "ab".repeat(32);
const oldKey = `old:${"01".repeat(32)}`;
const newKey = `new:${"02".repeat(32)}`;
const oldVault = new PhoneVault({ phoneIndexKey, phoneKeys: oldKey });
const bothVault = new PhoneVault({ phoneIndexKey, phoneKeys: `${newKey},${oldKey}` });

const phoneRow = (userId: string, phone: string) => ({
	userId,
	index: oldVault.index(phone),
	...oldVault.seal(phone, userId)
});

describe.each(sqlBackends)("users.model on $name", (backend) => {
	const open = databasesOf(backend, ["users"]);

	it.skipIf(!backend.available)("keeps each profile in the shard of its id", async () => {
		const db = await open();
		const ids = Array.from({ length: profileShards * 2 }, (_, n) => String(1_001 + n));
		for (const id of ids) await insertProfile(db, { id, nickname: `user${id}`, at });

		expect(await findProfile(db, "1001")).toEqual({
			id: "1001",
			nickname: "user1001",
			avatarUrl: null,
			level: 1,
			status: "active",
			createdAt: at
		});
		for (let shard = 0; shard < profileShards; shard++) {
			const table = `users_profiles_${String(shard).padStart(2, "0")}`;
			const rows = await db.query<{ id: number }>(`SELECT id FROM ${table}`);
			expect(rows.map(({ id }) => Number(id) % profileShards)).toEqual([shard, shard]);
		}
		const found = await findProfiles(db, [...ids, "9999999999999999"]);
		expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
		expect(await findProfiles(db, [])).toEqual([]);
		expect(await findProfile(db, "7")).toBeUndefined();
	});

	it.skipIf(!backend.available)("writes only what is given", async () => {
		const db = await open();
		await insertProfile(db, { id: "7", nickname: "before", at });
		await Promise.all([
			updateProfile(db, "7", { nickname: "直播 👩‍👩‍👧", at }),
			updateProfile(db, "7", { avatarUrl: "https://cdn.example/a.png", at })
		]);
		expect(await findProfile(db, "7")).toMatchObject({
			nickname: "直播 👩‍👩‍👧",
			avatarUrl: "https://cdn.example/a.png"
		});
		await updateProfile(db, "7", { avatarUrl: null, at });
		expect(await findProfile(db, "7")).toMatchObject({ avatarUrl: null });
	});

	it.skipIf(!backend.available)("changes a status once", async () => {
		const db = await open();
		await insertProfile(db, { id: "7", nickname: "n", at });
		const ban = { status: "banned", reason: "spam", at } as const;
		const changes = await Promise.all(Array.from({ length: 5 }, () => setStatus(db, "7", ban)));
		expect(changes.filter(Boolean)).toHaveLength(1);
		expect(await findProfile(db, "7")).toMatchObject({ status: "banned" });
		expect(await setStatus(db, "7", { status: "active", reason: null, at })).toBe(true);
		expect(await setStatus(db, "8", ban)).toBe(false);
	});

	it.skipIf(!backend.available)("lets one user have a phone, and one a name", async () => {
		const db = await open();
		await insertPhone(db, phoneRow("7", "+8613800000001"));
		const again = await insertPhone(db, phoneRow("8", "+8613800000001")).catch((error) => error);
		expect(isPhoneTaken(again)).toBe(true);
		expect(isUsernameTaken(again)).toBe(false);
		const second = await insertPhone(db, phoneRow("7", "+8613800000002")).catch((error) => error);
		expect(second).toBeInstanceOf(Error);
		expect(isPhoneTaken(second)).toBe(false);
		expect(await findUserByPhone(db, oldVault.index("+8613800000001"))).toBe("7");
		expect(await findUserByPhone(db, oldVault.index("+8613800000003"))).toBeUndefined();

		await insertUsername(db, { userId: "7", username: "élodie" });
		await insertUsername(db, { userId: "8", username: "elodie" });
		const taken = await insertUsername(db, { userId: "9", username: "élodie" }).catch((e) => e);
		expect(isUsernameTaken(taken)).toBe(true);
		expect(await findUserByUsername(db, "élodie")).toBe("7");
		expect(await findUserByUsername(db, "Élodie")).toBeUndefined();
		expect(await findUsername(db, "8")).toBe("elodie");
		expect(await findUsername(db, "9")).toBeUndefined();
	});

	it.skipIf(!backend.available)("rotates phone keys, also after a stop in between", async () => {
		const db = await open();
		for (let user = 1; user <= 12; user++) {
			await insertPhone(db, phoneRow(String(user), `+86138000000${user + 10}`));
		}
		const options = {
			rowsPerBatch: 5,
			onBatch: () => {
				throw new Error("killed");
			}
		};
		await expect(rotatePhoneKeys(db, bothVault, options)).rejects.toThrow("killed");
		expect((await findPhone(db, "5"))?.keyId).toBe("new");
		expect((await findPhone(db, "6"))?.keyId).toBe("old");

		const counts = await Promise.all([
			rotatePhoneKeys(db, bothVault, { rowsPerBatch: 2 }),
			rotatePhoneKeys(db, bothVault, { rowsPerBatch: 3 })
		]);
		expect(counts[0] + counts[1]).toBe(7);
		expect(await rotatePhoneKeys(db, bothVault)).toBe(0);

		const newVault = new PhoneVault({ phoneIndexKey, phoneKeys: newKey });
		for (let user = 1; user <= 12; user++) {
			const phone = await findPhone(db, String(user));
			expect(phone && newVault.open(phone, String(user))).toBe(`+86138000000${user + 10}`);
			expect(await findUserByPhone(db, newVault.index(`+86138000000${user + 10}`))).toBe(
				String(user)
			);
		}
	});

	it.skipIf(!backend.available)("refuses to rotate with a key missing", async () => {
		const db = await open();
		await insertPhone(db, phoneRow("7", "+8613800000001"));
		const withoutOld = new PhoneVault({ phoneIndexKey, phoneKeys: newKey });
		await expect(rotatePhoneKeys(db, withoutOld)).rejects.toThrow('no key "old"');
	});
});
