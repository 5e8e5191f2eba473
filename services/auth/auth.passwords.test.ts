import { describe, expect, it } from "vitest";
import { hashPassword, passwordMatches } from "./auth.passwords.ts";

describe("passwords", () => {
	it("match their own hash only", async () => {
		const hash = await hashPassword("correct horse");
		expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
		expect(await hashPassword("correct horse")).not.toBe(hash);
		expect(await passwordMatches(hash, "correct horse")).toBe(true);
		for (const wrong of ["correct hors", "Correct horse", "correct horse\u0000", ""]) {
			expect(await passwordMatches(hash, wrong)).toBe(false);
		}
	});

	it("are the same however a keyboard composes them", async () => {
		const hash = await hashPassword("pässwörd");
		expect(await passwordMatches(hash, "pässwörd".normalize("NFD"))).toBe(true);
	});

	it("of nobody never match", async () => {
		expect(await passwordMatches(undefined, "anything")).toBe(false);
	});
});
