import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOurOrigin, mayPlay, roomOfKey, roomOfPath, signPlay } from "./media.rules.ts";

const key = Buffer.alloc(32, 1);
const now = 1_000_000;
const query = (text: string) => new URLSearchParams(text);

describe("play addresses", () => {
	test("what was signed may play until its time", () => {
		const signed = query(signPlay(key, "7", now + 1));
		expect(mayPlay(key, { roomId: "7", query: signed, now })).toBe(true);
		expect(mayPlay(key, { roomId: "7", query: signed, now: now + 1 })).toBe(false);
	});

	test("not in another room, by another key, for longer, or with anything changed", () => {
		const text = signPlay(key, "7", now + 1);
		const play = (roomId: string, changed: string, by = key) =>
			mayPlay(by, { roomId, query: query(changed), now });
		expect(play("8", text)).toBe(false);
		expect(play("7", text, Buffer.alloc(32, 2))).toBe(false);
		expect(play("7", text.replace(`e=${now + 1}`, `e=${now + 2}`))).toBe(false);
		expect(play("7", `e=0${text.slice(2)}`)).toBe(false);
		expect(play("7", text.toUpperCase())).toBe(false);
		for (const part of ["", "e=1", "s=1", text.slice(0, -1), `${text}0`]) {
			expect(play("7", part)).toBe(false);
		}
	});

	test("a number and a room cannot be pushed into each other", () => {
		// "1" + "23" and "12" + "3" must not be one text to sign.
		const signed = query(signPlay(key, "1", 2_345_678));
		expect(mayPlay(key, { roomId: "12", query: signed, now })).toBe(false);
	});

	test("any query is judged without an exception", () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), (e, s) => {
				const params = new URLSearchParams({ e, s });
				expect(mayPlay(key, { roomId: "7", query: params, now })).toBe(false);
			})
		);
	});
});

test.each([
	"/",
	"",
	"/live/7",
	"/live/a%20b.flv",
	"/live/0.flv",
	"/live/7.flv/",
	"/live//7.flv",
	"/other/7.flv",
	"/live/../7.flv",
	"/live/7.m3u8",
	"//live/7.flv",
	"*"
])("%s is no play path", (path) => {
	expect(roomOfPath(path)).toBeUndefined();
});

test("a play path names its room", () => {
	expect(roomOfPath("/live/1024.flv")).toBe("1024");
});

test("a publish key names its room, and only what can be a key is asked about", () => {
	expect(roomOfKey("1024?k=1&e=2&s=ab")).toBe("1024");
	for (const text of [
		"1024",
		"?k=1",
		"a?k=1",
		"1024?k=1 ",
		"1024?k=\n",
		`1?k=${"a".repeat(300)}`
	]) {
		expect(roomOfKey(text)).toBeUndefined();
	}
});

describe("origins", () => {
	const allowed = new Set(["https://shop.example"]);
	test.each([
		["https://shop.example", "media.example", true],
		["https://shop.example.evil", "media.example", false],
		["http://shop.example", "media.example", false],
		["http://127.0.0.1:3000", "127.0.0.1:8000", true],
		["http://localhost:3000", "127.0.0.1:8000", true],
		["http://evil.example", "127.0.0.1:8000", false],
		["http://live.example:3000", "live.example:8000", true],
		["http://127.0.0.1", "media.example", false],
		["null", "media.example", false],
		["", "", false],
		["file://", "media.example", false]
	])("%s on %s: %s", (origin, host, may) => {
		expect(isOurOrigin(origin, host, allowed)).toBe(may);
	});

	test("a request without a host has no pages", () => {
		expect(isOurOrigin("http://127.0.0.1", undefined, allowed)).toBe(false);
	});
});
