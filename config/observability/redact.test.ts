import fc from "fast-check";
import { Errors } from "moleculer";
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { hidden, redact, scrub } from "./redact.ts";

describe("redact", () => {
	test("hides secrets and personal data by name, at any depth, in any spelling", () => {
		const value = {
			password: "hunter2",
			"X-Authorization": "abc",
			user: { refreshToken: "abc", refresh_token: "abc", PhoneNumber: "123", id: "7" },
			list: [{ streamKey: "abc", count: 2 }]
		};
		expect(redact(value)).toEqual({
			password: hidden,
			"X-Authorization": hidden,
			user: { refreshToken: hidden, refresh_token: hidden, PhoneNumber: hidden, id: "7" },
			list: [{ streamKey: hidden, count: 2 }]
		});
	});

	test("tells an SMS code from the code of an error", () => {
		expect(redact({ code: "482913" })).toEqual({ code: hidden });
		expect(redact({ code: 482_913 })).toEqual({ code: hidden });
		expect(redact({ code: "NOT_FOUND" })).toEqual({ code: "NOT_FOUND" });
		expect(redact({ code: 404 })).toEqual({ code: 404 });
	});

	test("shows of an error what helps and not what it carries along", () => {
		const original = Object.assign(new Error("Duplicate entry 'anna' for key 'users.name'"), {
			code: "ER_DUP_ENTRY",
			sql: "INSERT INTO users VALUES ('anna')",
			parameters: ["anna"]
		});
		const error = Object.assign(new Errors.MoleculerError("failed", 500, "FAILED"), { original });
		error.data = { field: "phone", actual: "+8613812345678", userId: "7" };
		const shown = redact({ error }) as { error: Record<string, unknown> };
		expect(shown.error).toMatchObject({
			name: "MoleculerError",
			message: "failed",
			type: "FAILED",
			code: 500,
			data: { field: "phone", actual: hidden, userId: "7" },
			cause: { message: `Duplicate entry '${hidden}' for key 'users.name'`, code: "ER_DUP_ENTRY" }
		});
		expect(JSON.stringify(shown)).not.toMatch(/anna|INSERT|13812345678/);
	});

	test("makes JSON of whatever it gets", () => {
		class Connection {}
		expect(
			redact({
				when: new Date(0),
				bytes: Buffer.from("secret"),
				big: 2n ** 64n,
				run: () => 1,
				map: new Map([["a", 1]]),
				connection: new Connection(),
				nothing: null
			})
		).toEqual({
			when: "1970-01-01T00:00:00.000Z",
			bytes: "[6 bytes]",
			big: "18446744073709551616",
			map: "[Map]",
			connection: "[Connection]",
			nothing: null
		});
	});

	test("stays small for circular, deep and wide values", () => {
		const circular: Record<string, unknown> = {};
		for (let index = 0; index < 50; index += 1) circular[`to${index}`] = circular;
		expect(JSON.stringify(redact(circular)).length).toBeLessThan(10_000);
		const wide = Array.from({ length: 100_000 }, (_, index) => index);
		expect((redact(wide) as unknown[]).length).toBeLessThanOrEqual(limits.logValuesPerLineMax + 1);
	});

	test("never throws and always gives JSON without the secret", () => {
		fc.assert(
			fc.property(fc.object({ maxDepth: 6 }), fc.string(), (value, path) => {
				const shown = JSON.stringify(redact({ value, path, token: "s3cr3t-s3cr3t" }));
				expect(shown).not.toContain("s3cr3t-s3cr3t");
				expect(() => JSON.parse(shown)).not.toThrow();
			})
		);
	});
});

describe("scrub", () => {
	test.each([
		["Authorization: Bearer abc.def-ghi", `Authorization: Bearer ${hidden}`],
		["got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI3In0.c2ln here", `got ${hidden} here`],
		["mysql://root:pa55@db:3306/live", `mysql://root:${hidden}@db:3306/live`],
		["GET /live?token=abc&room=7", `GET /live?token=${hidden}&room=7`],
		["code=482913 sent to +8613812345678", `code=${hidden} sent to ${hidden}`],
		["12+3=15 and 2026-11-21 stay", "12+3=15 and 2026-11-21 stay"]
	])("%s", (text, clean) => {
		expect(scrub(text)).toBe(clean);
	});

	test("cuts between words, so that no half of a phone is left", () => {
		const text = `${"word ".repeat(1000)}`.slice(0, limits.logTextCharactersMax - 6);
		const cut = scrub(`${text}+8613812345678`);
		expect(cut).not.toContain("+86");
		expect(cut.length).toBeLessThanOrEqual(limits.logTextCharactersMax + 2);
		expect(scrub("x".repeat(1_000_000)).length).toBeLessThan(10);
	});
});
