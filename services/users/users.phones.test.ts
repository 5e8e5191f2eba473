import { describe, expect, it } from "vitest";
import { PhoneVault } from "./users.phones.ts";

const phoneIndexKey = "ab".repeat(32);
const oldKey = `old:${"01".repeat(32)}`;
const newKey = `new:${"02".repeat(32)}`;
const vault = (phoneKeys: string) => new PhoneVault({ phoneIndexKey, phoneKeys });
const phone = "+8613800000001";

describe("PhoneVault", () => {
	it("finds a phone by a hash that needs the key", () => {
		const index = vault(oldKey).index(phone);
		expect(index).toHaveLength(32);
		expect(vault(newKey).index(phone)).toEqual(index);
		expect(vault(oldKey).index("+8613800000002")).not.toEqual(index);
		const other = new PhoneVault({ phoneIndexKey: "cd".repeat(32), phoneKeys: oldKey });
		expect(other.index(phone)).not.toEqual(index);
	});

	it("opens what any of its keys sealed, and seals with the first", () => {
		const before = vault(oldKey).seal(phone, "7");
		expect(before.keyId).toBe("old");
		expect(before.sealed.includes(Buffer.from("13800000001"))).toBe(false);
		const both = vault(`${newKey},${oldKey}`);
		expect(both.open(before, "7")).toBe(phone);
		expect(both.seal(phone, "7").keyId).toBe("new");
	});

	it("does not open for another user, nor without the key", () => {
		const sealed = vault(oldKey).seal(phone, "7");
		expect(() => vault(oldKey).open(sealed, "8")).toThrow();
		expect(() => vault(newKey).open(sealed, "7")).toThrow('PHONE_KEYS has no key "old"');
	});
});
