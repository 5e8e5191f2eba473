import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../middlewares/validator.ts";
import { Phone, users } from "./users.contract.ts";
import {
	firstNickname,
	idsOf,
	maskPhone,
	normaliseNickname,
	normaliseUsername,
	profileShards,
	shardOf,
	visibleTags
} from "./users.rules.ts";

describe("shardOf", () => {
	it("gives every id one of the shards, and neighbours different ones", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 16 }), (id) => {
				const shards = Array.from({ length: profileShards }, (_, n) => shardOf(String(id + n)));
				expect(new Set(shards).size).toBe(profileShards);
				expect(Math.max(...shards)).toBe(profileShards - 1);
			})
		);
	});
});

describe("nicknames", () => {
	it.each([
		["  Lily   of the\u00a0valley ", "Lily of the valley"],
		["直播 小王", "直播 小王"],
		["👩‍👩‍👧 family", "👩‍👩‍👧 family"],
		["e\u0301", "é"]
	])("keeps %j as %j", (text, nickname) => {
		expect(normaliseNickname(text)).toBe(nickname);
	});

	it.each([
		"",
		"   ",
		"a\u202eb",
		"a\u0000b",
		"a\nb",
		"\u200b",
		"\u200d",
		"\ud800",
		"x".repeat(33)
	])("refuses %j", (text) => {
		expect(normaliseNickname(text)).toBeUndefined();
	});

	it("folding twice changes nothing more", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				const once = normaliseNickname(text);
				if (once !== undefined) expect(normaliseNickname(once)).toBe(once);
			})
		);
	});
});

describe("usernames", () => {
	it.each([
		["Alice", "alice"],
		["ＡＬＩＣＥ", "alice"],
		["ﬁona_1", "fiona_1"],
		["小王子.1", "小王子.1"]
	])("folds %j to %j", (text, username) => {
		expect(normaliseUsername(text)).toBe(username);
	});

	it.each(["ab", "x".repeat(33), "a b c", "_abc", "ali\u200bce", "ali\u202ece", "a@b", "<b>bold"])(
		"refuses %j",
		(text) => {
			expect(normaliseUsername(text)).toBeUndefined();
		}
	);

	it("folding twice changes nothing more", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme", minLength: 3 }), (text) => {
				const once = normaliseUsername(text);
				if (once !== undefined) expect(normaliseUsername(once)).toBe(once);
			})
		);
	});
});

describe("phones", () => {
	const faults = compile(Phone);
	it.each(["+8613800000001", "+1234567", "+123456789012345"])("%s is E.164", (phone) => {
		expect(faults(phone)).toEqual([]);
	});
	it.each([
		"8613800000001",
		"+0123456789",
		"+123456",
		"+1234567890123456",
		"+1 2345678",
		"+１２３４５６７８"
	])("%s is not", (phone) => {
		expect(faults(phone)).not.toEqual([]);
	});

	it("masks all but the country and the last three digits", () => {
		expect(maskPhone("+8613800000001")).toBe("+861*******001");
		expect(maskPhone("+1234567")).toBe("+123*567");
	});
});

describe("the rest", () => {
	it("reads ids from a query or a list, each once", () => {
		expect(idsOf("3,1,3")).toEqual(["3", "1"]);
		expect(idsOf(["2", "2"])).toEqual(["2"]);
	});

	it("bounds the ids of one request in both spellings", () => {
		const faults = compile(users.actions.getMany.params);
		const ids = (count: number) => Array.from({ length: count }, (_, n) => String(n + 1));
		for (const good of ["1", "1,2", ids(100).join(","), ids(100)]) {
			expect(faults({ ids: good })).toEqual([]);
		}
		for (const bad of ["", "0", "1,,2", "1;2", "-1", ids(101).join(","), ids(101), [], 1, [1]]) {
			expect(faults({ ids: bad })).not.toEqual([]);
		}
	});

	it("refuses avatars that are no link", () => {
		const faults = compile(users.actions.update.params);
		expect(faults({ avatarUrl: "https://cdn.example/a.png" })).toEqual([]);
		expect(faults({ avatarUrl: null })).toEqual([]);
		for (const bad of ["javascript:alert(1)", "data:text/html,x", "//x", 'http://x"onload=', ""]) {
			expect(faults({ avatarUrl: bad })).not.toEqual([]);
		}
		expect(faults({})).not.toEqual([]);
		expect(faults({ level: 99 })).not.toEqual([]);
	});

	it("shows strangers only the tags that are meant for them", () => {
		expect(visibleTags(["operator", "host"])).toEqual(["host"]);
	});

	it("names newcomers by their id", () => {
		expect(firstNickname("1024")).toBe("user1024");
	});
});
