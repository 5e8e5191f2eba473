import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { isCurrentKey, parseKey, StreamKeys } from "./rooms.keys.ts";

const now = new Date("2026-11-21T09:00:00.000Z");
const keys = new StreamKeys("a-master-secret-of-at-least-32-characters");
const { text, stored } = keys.issue("1024", now);

describe("a stream key", () => {
	it("says its room, and encoders and paths can carry it", () => {
		expect(text).toMatch(/^1024\?k=[a-z0-9]{16}&e=[0-9]{10}&s=[a-f0-9]{64}$/);
		expect(text.split("?")[0]).toMatch(/^[A-Za-z0-9_-]+$/);
		expect(text.length).toBeLessThanOrEqual(limits.streamKeyCharactersMax);
	});

	it("is good until it expires", () => {
		const parsed = keys.check(text, now);
		expect(parsed?.roomId).toBe("1024");
		expect(parsed && isCurrentKey(parsed, stored)).toBe(true);
		const ms = limits.streamKeySecondsMax * 1000;
		expect(keys.check(text, new Date(now.getTime() + ms - 1_000))).toBeDefined();
		expect(keys.check(text, new Date(now.getTime() + ms))).toBeUndefined();
	});

	it("is stored so that who reads it cannot use it", () => {
		const signature = text.slice(-64);
		expect(stored.hash.toString("hex")).not.toBe(signature);
		expect(keys.check(text.replace(signature, stored.hash.toString("hex")), now)).toBeUndefined();
	});

	it("is not the key before it, nor one under another secret", () => {
		const next = keys.issue("1024", now);
		const parsed = keys.check(text, now);
		expect(parsed && isCurrentKey(parsed, next.stored)).toBe(false);
		expect(parsed && isCurrentKey(parsed, undefined)).toBe(false);
		const others = new StreamKeys("another-master-secret-of-32-characters");
		expect(others.check(text, now)).toBeUndefined();
	});

	it("with any character changed opens nothing", () => {
		const position = fc.nat(text.length - 1);
		const character = fc.constantFrom(..."0123456789abcdef?&=;%/._ \u0000é".split(""));
		fc.assert(
			fc.property(position, character, (index, other) => {
				fc.pre(text[index] !== other);
				const forged = text.slice(0, index) + other + text.slice(index + 1);
				const parsed = keys.check(forged, now);
				expect(parsed && isCurrentKey(parsed, stored)).toBeFalsy();
			})
		);
	});

	it.each(["", "1024", `${text}&x=1`, `${text}\n`, `live/${text}`, text.toUpperCase()])(
		"is not %j",
		(other) => {
			expect(parseKey(other)).toBeUndefined();
		}
	);

	it("parses whatever comes without an error", () => {
		fc.assert(
			fc.property(fc.string(), (any) => {
				expect(parseKey(any)).toBeUndefined();
			})
		);
	});
});
