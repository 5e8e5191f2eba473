import { describe, expect, it } from "vitest";
import { until } from "../test/harness/until.ts";
import { Recent } from "./recent.ts";

describe("recent values", () => {
	function counted(options = { keptMs: 60_000, entriesMax: 10 }) {
		const reads: string[] = [];
		const recent = new Recent(async (key: string) => {
			reads.push(key);
			return `${key}${reads.length}`;
		}, options);
		return { reads, recent };
	}

	it("reads once however many ask, and again when told to forget", async () => {
		const { reads, recent } = counted();
		const asked = await Promise.all(Array.from({ length: 50 }, () => recent.get("a")));
		expect(new Set(asked)).toEqual(new Set(["a1"]));
		recent.forget("a");
		expect(await recent.get("a")).toBe("a2");
		expect(reads).toEqual(["a", "a"]);
	});

	it("reads again when the value is old", async () => {
		const { recent } = counted({ keptMs: 20, entriesMax: 10 });
		expect(await recent.get("a")).toBe("a1");
		await until(async () => (await recent.get("a")) !== "a1");
	});

	it("keeps no more than it may, the latest ones", async () => {
		const { reads, recent } = counted({ keptMs: 60_000, entriesMax: 2 });
		for (const key of ["a", "b", "c", "c", "b", "a"]) await recent.get(key);
		expect(reads).toEqual(["a", "b", "c", "a"]);
	});

	it("keeps no error", async () => {
		let fails = true;
		const recent = new Recent(
			async () => {
				if (fails) throw new Error("away");
				return "here";
			},
			{ keptMs: 60_000, entriesMax: 10 }
		);
		await expect(recent.get("a")).rejects.toThrow("away");
		fails = false;
		expect(await recent.get("a")).toBe("here");
	});
});
