import { describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { clearBit, ensureRow, readBits, setBit } from "./tags.model.ts";

describe.each(sqlBackends)("tags.model on $name", (backend) => {
	const open = databasesOf(backend, ["tags"]);

	it.skipIf(!backend.available)("sets and clears one bit, once, up to bit 61", async () => {
		const db = await open();
		await ensureRow(db, "7");
		for (const bit of [1n, 1n << 31n, 1n << 53n, 1n << 61n]) {
			expect(await setBit(db, "7", bit)).toBe(true);
			expect(await setBit(db, "7", bit)).toBe(false);
		}
		const all = 1n | (1n << 31n) | (1n << 53n) | (1n << 61n);
		expect(await readBits(db, ["7"])).toEqual(new Map([["7", all]]));
		expect(await clearBit(db, "7", 1n << 53n)).toBe(true);
		expect(await clearBit(db, "7", 1n << 53n)).toBe(false);
		expect(await readBits(db, ["7"])).toEqual(new Map([["7", all - (1n << 53n)]]));
	});

	it.skipIf(!backend.available)("knows nobody who has no row", async () => {
		const db = await open();
		expect(await setBit(db, "7", 1n)).toBe(false);
		expect(await clearBit(db, "7", 1n)).toBe(false);
		expect(await readBits(db, ["7", "8"])).toEqual(new Map());
		expect(await readBits(db, [])).toEqual(new Map());
	});

	it.skipIf(!backend.available)("makes one row however many ask at once", async () => {
		const db = await open();
		const user = "9007199254740991";
		await Promise.all(Array.from({ length: 50 }, () => ensureRow(db, user)));
		expect(await readBits(db, [user])).toEqual(new Map([[user, 0n]]));
	});

	it.skipIf(!backend.available)("loses no bit of 62 changed by many at once", async () => {
		const db = await open();
		await ensureRow(db, "7");
		// Per bit: how many changes happened. Set and clear alternate, so the sum is the final bit.
		const balance = new Array<number>(62).fill(0);
		await Promise.all(
			Array.from({ length: 1_000 }, async (_, at) => {
				const bit = at % 62;
				const set = (at * 7) % 3 > 0;
				const changed = await (set ? setBit : clearBit)(db, "7", 1n << BigInt(bit));
				if (changed) balance[bit] = (balance[bit] ?? 0) + (set ? 1 : -1);
			})
		);
		const bits = (await readBits(db, ["7"])).get("7") ?? 0n;
		const final = balance.map((_, bit) => Number((bits >> BigInt(bit)) & 1n));
		expect(final).toEqual(balance);
		expect(bits).toBeGreaterThan(2n ** 32n);
	});
});
