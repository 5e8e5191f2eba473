import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	type Account,
	canOwn,
	chainStart,
	entryHash,
	keyOf,
	type Leg,
	postingOf
} from "./wallets.rules.ts";

const coins = (userId: string): Account => ({ userId, kind: "coins" });
const platform: Account = { system: "platform", currency: "COIN" };

const request = (legs: readonly Leg[]) => ({
	...{ intent: "gift:1", kind: "gift", reference: "1" },
	legs
});

const account: fc.Arbitrary<Account> = fc.oneof(
	fc.record({
		userId: fc.integer({ min: 1, max: 2 ** 50 - 1 }).map(String),
		kind: fc.constantFrom("coins" as const, "income" as const)
	}),
	fc.record({
		system: fc.constantFrom("platform" as const, "world" as const, "provider" as const),
		currency: fc.stringMatching(/^[A-Z]{3,8}$/)
	})
);

describe("keyOf", () => {
	it("gives each account one exact id, and no two the same", () => {
		fc.assert(
			fc.property(account, account, (left, right) => {
				const [one, other] = [keyOf(left), keyOf(right)];
				expect(Number.isSafeInteger(one.id)).toBe(true);
				expect(one.id === other.id).toBe(JSON.stringify(one) === JSON.stringify(other));
			})
		);
	});

	it("puts the accounts of the platform behind those of all users", () => {
		const last = keyOf({ userId: String(2 ** 50 - 1), kind: "income" });
		expect(keyOf({ system: "platform", currency: "AAA" }).id).toBeGreaterThan(last.id);
	});

	it.each(["0", "", "01", "-1", "1.5", "1e3", String(2 ** 50), "9007199254740993"])(
		"knows no account of the user %j",
		(userId) => {
			expect(canOwn(userId)).toBe(false);
			expect(() => keyOf(coins(userId))).toThrow(TypeError);
		}
	);

	it.each(["", "US", "usd", "US$", "ABCDEFGHI", "USD "])("knows no currency %j", (currency) => {
		expect(() => keyOf({ system: "world", currency })).toThrow(TypeError);
	});
});

describe("postingOf", () => {
	it.each<[string, readonly Leg[]]>([
		["no legs", []],
		["nothing but empty legs", [{ account: coins("1"), amount: 0 }]],
		["one leg", [{ account: coins("1"), amount: 1 }]],
		["legs that do not sum to zero", [leg("1", -2), leg("2", 1)]],
		["fractions", [leg("1", -0.5), leg("2", 0.5)]],
		["no numbers", [leg("1", Number.NaN), leg("2", Number.NaN)]],
		["amounts beyond what is exact", [leg("1", -(2 ** 53)), leg("2", 2 ** 53)]],
		["amounts beyond the bound", [leg("1", -(10 ** 12 + 1)), leg("2", 10 ** 12 + 1)]],
		["an account that pays itself", [leg("1", -1), leg("1", 1)]],
		["coins that become money", [leg("1", -1), { account: usd(), amount: 1 }]],
		["more legs than there may be", Array.from({ length: 17 }, (_, at) => leg(String(at + 1), 0))]
	])("refuses %s", (_, legs) => {
		expect(() => postingOf(request(legs))).toThrow(TypeError);
	});

	it.each(["", "with space", "línea", "new\nline", "x".repeat(161)])(
		"refuses the intent %j",
		(intent) => {
			const legs = [leg("1", -1), leg("2", 1)];
			expect(() => postingOf({ ...request(legs), intent })).toThrow(TypeError);
		}
	);

	it("takes the lowest account first and leaves empty legs out", () => {
		const legs = [{ account: platform, amount: 0 }, leg("9", -1), leg("2", 1)];
		const { entries, keys } = postingOf(request(legs));
		expect(entries.map(({ key, amount }) => [key.owner, amount])).toEqual([
			["2", 1],
			["9", -1]
		]);
		expect(keys.map(({ owner }) => owner)).toEqual(["0", "9", "2"]);
	});

	it("hashes what is moved, not how it was put", () => {
		const one = postingOf(request([leg("1", -1), leg("2", 1)]));
		const turned = postingOf(request([leg("2", 1), leg("1", -1)]));
		const other = postingOf(request([leg("1", -2), leg("2", 2)]));
		expect(turned.requestHash).toBe(one.requestHash);
		expect(other.requestHash).not.toBe(one.requestHash);
		const named = postingOf({ ...request([leg("1", -1), leg("2", 1)]), reference: "2" });
		expect(named.requestHash).not.toBe(one.requestHash);
	});
});

describe("entryHash", () => {
	const entry = {
		...{ accountId: 2_002, sequence: 3, amount: -5, balanceAfter: 10 },
		...{ transferId: "t", intent: "gift:1", requestHash: "h", at: new Date(1_000) }
	};

	it("changes with every word of the entry and with the entry before it", () => {
		const others = [
			{ ...entry, accountId: 2_003 },
			{ ...entry, sequence: 4 },
			{ ...entry, amount: -6 },
			{ ...entry, balanceAfter: 11 },
			{ ...entry, transferId: "u" },
			{ ...entry, intent: "gift:2" },
			{ ...entry, requestHash: "i" },
			{ ...entry, at: new Date(1_001) }
		];
		const hashes = [entry, ...others].map((each) => entryHash(chainStart, each));
		hashes.push(entryHash(hashes[0] ?? "", entry));
		expect(new Set(hashes).size).toBe(others.length + 2);
		expect(hashes.every((hash) => hash.length === chainStart.length)).toBe(true);
	});

	it("hashes a time that is none instead of throwing", () => {
		expect(entryHash(chainStart, { ...entry, at: new Date("never") })).toHaveLength(43);
	});
});

function leg(userId: string, amount: number): Leg {
	return { account: coins(userId), amount };
}

function usd(): Account {
	return { system: "provider", currency: "USD" };
}
