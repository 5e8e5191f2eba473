import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveKey, seal, unseal } from "./seal.ts";

const key = randomBytes(32);

describe("seal", () => {
	it("opens to what was sealed, and never seals twice alike", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plain, context) => {
				const sealed = seal(key, plain, context);
				expect(unseal(key, sealed, context)).toBe(plain);
				expect(seal(key, plain, context).equals(sealed)).toBe(false);
			})
		);
	});

	it("does not open with another key, in another place, or changed in any bit", () => {
		const sealed = seal(key, "+8613800000001", "user 7");
		expect(() => unseal(randomBytes(32), sealed, "user 7")).toThrow();
		expect(() => unseal(key, sealed, "user 8")).toThrow();
		for (let bit = 0; bit < sealed.length * 8; bit++) {
			const changed = Buffer.from(sealed);
			changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
			expect(() => unseal(key, changed, "user 7")).toThrow();
		}
		expect(() => unseal(key, sealed.subarray(0, 20), "user 7")).toThrow();
	});

	it("derives a different key for each purpose and secret, and always the same one", () => {
		const derived = deriveKey("secret", "signing keys");
		expect(derived).toHaveLength(32);
		expect(deriveKey("secret", "signing keys")).toEqual(derived);
		expect(deriveKey("secret", "refresh tokens")).not.toEqual(derived);
		expect(deriveKey("Secret", "signing keys")).not.toEqual(derived);
	});
});
