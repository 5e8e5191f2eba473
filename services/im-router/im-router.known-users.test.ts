import { expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { KnownUsers } from "./im-router.known-users.ts";

it("remembers for a while who exists, and asks again for who does not", async () => {
	let now = 0;
	const asked: string[] = [];
	const existing = new Set(["1"]);
	const known = new KnownUsers(
		async (userId) => {
			asked.push(userId);
			return existing.has(userId);
		},
		() => now
	);
	expect(await known.has("1")).toBe(true);
	expect(await known.has("1")).toBe(true);
	expect(await known.has("2")).toBe(false);
	existing.add("2");
	expect(await known.has("2")).toBe(true);
	expect(asked).toEqual(["1", "2", "2"]);
	now = limits.knownUserMilliseconds;
	expect(await known.has("1")).toBe(true);
	expect(asked).toEqual(["1", "2", "2", "1"]);
});
