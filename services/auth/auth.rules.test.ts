import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../middlewares/validator.ts";
import { auth } from "./auth.contract.ts";
import {
	judgeRefresh,
	normaliseDeviceName,
	normalisePhone,
	phoneForLog,
	publishedKeys,
	revocationsOf,
	revocationWindow,
	signingKey
} from "./auth.rules.ts";

const now = new Date("2026-11-21T09:00:00.000Z");
const seconds = (count: number) => new Date(now.getTime() + count * 1000);

describe("normalisePhone", () => {
	it.each([
		["+8613800000001", "+8613800000001"],
		[" +86 138-0000-0001 ", "+8613800000001"],
		["+1 (415) 555.0100", "+14155550100"]
	])("reads %j as %j", (text, phone) => {
		expect(normalisePhone(text)).toBe(phone);
	});

	it.each([
		"13800000001",
		"008613800000001",
		"+0613800000001",
		"+86138",
		"+1234567890123456",
		"+86 138 0000 000a",
		"+８６１３８００００００１",
		"++8613800000001",
		"+8613800000001;+8613800000002",
		"+8613800000001\u0000",
		""
	])("refuses %j", (text) => {
		expect(normalisePhone(text)).toBeUndefined();
	});

	it("gives every spelling of a number one form", () => {
		const digit = fc.constantFrom(..."0123456789");
		const filler = fc.constantFrom("", " ", "-", ".", "(", ")");
		fc.assert(
			fc.property(fc.array(fc.tuple(digit, filler), { minLength: 6, maxLength: 14 }), (pairs) => {
				const plain = `+1${pairs.map(([each]) => each).join("")}`;
				const spelt = `+1${pairs.map(([each, fill]) => fill + each).join("")}`;
				expect(normalisePhone(spelt)).toBe(plain);
			})
		);
	});

	it("keeps numbers out of logs", () => {
		expect(phoneForLog("+8613800000001")).toBe("+861…");
	});
});

describe("sign-in takes one shape or the other", () => {
	const faults = compile(auth.actions.signIn.params);
	const phone = { phone: "+8613800000001", code: "123456" };
	const name = { username: "alice", password: "correct horse" };

	it.each([phone, name, { ...phone, deviceName: "iPhone" }])("%j", (params) => {
		expect(faults(params)).toEqual([]);
	});

	it.each([
		{},
		{ phone: phone.phone },
		{ code: "123456" },
		{ username: "alice" },
		{ password: "correct horse" },
		{ ...phone, ...name },
		{ ...phone, password: "correct horse" },
		{ ...name, code: "123456" },
		{ ...phone, code: "12345" },
		{ ...phone, code: 123456 },
		{ ...phone, code: { $ne: "" } },
		{ ...name, password: "x".repeat(129) },
		{ ...name, role: "operator" }
	])("not %j", (params) => {
		expect(faults(params)).not.toEqual([]);
	});
});

describe("judgeRefresh", () => {
	const token = { usedAt: null, expiresAt: seconds(3600), sessionEnded: false };
	it.each([
		["rotate", token, true, 0],
		["repeat", { ...token, usedAt: now }, false, 10],
		["reuse", { ...token, usedAt: now }, false, 10.001],
		["refuse", { ...token, usedAt: now, sessionEnded: true }, false, 11],
		["refuse", { ...token, sessionEnded: true }, true, 0],
		["refuse", token, true, 3600],
		["refuse", undefined, false, 0]
	] as const)("%s", (verdict, state, isFirst, after) => {
		expect(judgeRefresh(state, { isFirst, now: seconds(after) })).toBe(verdict);
	});
});

describe("signing keys", () => {
	const keys = [
		{ kid: "a", activeFrom: seconds(0) },
		{ kid: "b", activeFrom: seconds(1000) },
		{ kid: "c", activeFrom: seconds(1060) }
	];
	const kids = (at: number) => publishedKeys(keys, seconds(at)).map(({ kid }) => kid);

	it("the youngest active key signs", () => {
		expect(signingKey(keys, seconds(-1))).toBeUndefined();
		expect(signingKey(keys, seconds(999))?.kid).toBe("a");
		expect(signingKey(keys, seconds(1000))?.kid).toBe("b");
		expect(signingKey(keys, seconds(5000))?.kid).toBe("c");
	});

	it("a key is published before it signs, and until its last token is over", () => {
		expect(kids(0)).toEqual(["a", "b", "c"]);
		expect(kids(1000 + 600)).toEqual(["a", "b", "c"]);
		expect(kids(1000 + 616)).toEqual(["b", "c"]);
		expect(kids(1060 + 616)).toEqual(["c"]);
		expect(kids(9_999_999)).toEqual(["c"]);
	});

	it("whatever signs is published, for as long as its tokens live", () => {
		const times = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(times, fc.integer({ min: 0, max: 9_000 }), (starts, at) => {
				const ring = starts
					.toSorted((left, right) => left - right)
					.map((start) => ({
						activeFrom: seconds(start)
					}));
				const signer = signingKey(ring, seconds(at));
				if (!signer) return;
				expect(publishedKeys(ring, seconds(at))).toContain(signer);
				expect(publishedKeys(ring, seconds(at + 600))).toContain(signer);
			})
		);
	});
});

describe("normaliseDeviceName", () => {
	it("keeps what can be shown", () => {
		expect(normaliseDeviceName(" 小王的 iPhone\u202e\n")).toBe("小王的 iPhone");
		expect(normaliseDeviceName("\u0000")).toBe("Unknown device");
		expect(normaliseDeviceName(undefined)).toBe("Unknown device");
	});
});

describe("revocations", () => {
	it("looks back as far as tokens live, and over what was committed late", () => {
		const at = now.getTime();
		expect(revocationWindow(0, at).from).toEqual(seconds(-605));
		expect(revocationWindow(at - 1000, at).from).toEqual(seconds(-6));
	});

	it("reading page after page tells every session, whatever ended when", () => {
		const offsets = fc.array(fc.integer({ min: -600, max: 0 }), { maxLength: 40 });
		fc.assert(
			fc.property(offsets, fc.integer({ min: 20, max: 30 }), (ends, count) => {
				// More endings in one instant than a page holds could not be told apart.
				const unique = [...new Set(ends)].toSorted((left, right) => left - right);
				const sessions = unique.map((end) => ({
					...{ id: String(1000 + end), endedAt: seconds(end) },
					reason: "ended"
				}));
				const told = new Set<string>();
				let since = 0;
				for (let page = 0; page < 10; page++) {
					const window = { ...revocationWindow(since, now.getTime()), count };
					const found = sessions.filter(({ endedAt }) => endedAt >= window.from).slice(0, count);
					const { items, until } = revocationsOf(found, window);
					for (const { sessionId } of items) told.add(sessionId);
					since = until;
				}
				expect(told.size).toBe(sessions.length);
			})
		);
	});
});
