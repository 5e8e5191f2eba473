import { describe, expect, it } from "vitest";
import { Attempts } from "./attempt.ts";

function storage(content?: string) {
	let text = content ?? null;
	return {
		getItem: () => text,
		setItem: (_: string, next: string) => {
			text = next;
		},
		removeItem: () => {
			text = null;
		}
	};
}

const choice = { userId: "7", packageId: "1", provider: "sandbox" };

describe("attempts", () => {
	it("keep the key of a choice until it is answered, also for the next page", () => {
		const kept = storage();
		const key = new Attempts(kept).keyOf(choice);
		expect(key).toMatch(/^[\x21-\x7e]{1,64}$/);
		const again = new Attempts(kept);
		expect(again.keyOf(choice)).toBe(key);
		again.answered(key);
		expect(again.keyOf(choice)).not.toBe(key);
	});

	it("give another choice and another person a key of their own", () => {
		const attempts = new Attempts(storage());
		const keys = [
			attempts.keyOf(choice),
			attempts.keyOf({ ...choice, packageId: "2" }),
			attempts.keyOf({ ...choice, packageId: "2", userId: "8" }),
			attempts.keyOf({ ...choice, packageId: "2", userId: "8", provider: "stripe" })
		];
		expect(new Set(keys).size).toBe(4);
	});

	it("do not forget a newer choice when an older one is answered", () => {
		const attempts = new Attempts(storage());
		const old = attempts.keyOf(choice);
		const key = attempts.keyOf({ ...choice, packageId: "2" });
		attempts.answered(old);
		expect(attempts.keyOf({ ...choice, packageId: "2" })).toBe(key);
	});

	it("begin anew when what is stored cannot be read", () => {
		expect(new Attempts(storage("{")).keyOf(choice)).toBeTruthy();
	});
});
