import { describe, expect, it } from "vitest";
import { isSigned, sign } from "./signature.ts";

const secret = "a secret between two that know each other";
const now = new Date("2026-11-21T09:00:00.000Z");
const body = '{"id":"ev_1","amount":500,"word":"é"}';
const signature = sign(secret, body, now);

const check = (change: Partial<Parameters<typeof isSigned>[1]>, by = secret) =>
	isSigned(by, { body, signature, now, ...change });

describe("a signature", () => {
	it("stands for this body, by this secret", () => {
		expect(check({})).toBe(true);
		expect(check({ body: `${body} ` })).toBe(false);
		expect(check({ body: body.replace("500", "501") })).toBe(false);
		expect(check({}, `${secret}.`)).toBe(false);
	});

	it("is worth nothing five minutes later, or earlier", () => {
		const at = (seconds: number) => ({ now: new Date(now.getTime() + seconds * 1_000) });
		for (const seconds of [-300, 0, 300]) expect(check(at(seconds)), String(seconds)).toBe(true);
		for (const seconds of [-301, 301, 86_400]) expect(check(at(seconds))).toBe(false);
	});

	it("holds its time: a new one needs a new signature", () => {
		const later = new Date(now.getTime() + 600_000);
		const moved = signature.replace(/t=\d+/, `t=${later.getTime() / 1_000}`);
		expect(check({ signature: moved, now: later })).toBe(false);
	});

	it.each([
		"",
		"t=1,v1=",
		"v1=00",
		signature.toUpperCase(),
		`${signature},v1=00`,
		` ${signature}`,
		signature.slice(0, -1),
		`t=NaN,v1=${"0".repeat(64)}`,
		`t=1,v1=${"0".repeat(64)}`
	])("is not %j", (forged) => {
		expect(check({ signature: forged })).toBe(false);
	});
});
