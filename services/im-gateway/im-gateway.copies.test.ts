import { expect, it } from "vitest";
import { Copies } from "./im-gateway.copies.ts";

function makeStage() {
	const state = { now: 0, isAway: false, value: "a" as string | undefined, loads: 0 };
	const copies = new Copies<string>({
		async load() {
			state.loads += 1;
			const { value, isAway } = state;
			await Promise.resolve();
			if (isAway) throw new Error("away");
			return value;
		},
		freshMilliseconds: 100,
		staleMillisecondsMax: 1_000,
		itemsMax: 2,
		now: () => state.now
	});
	return { state, copies };
}

it("asks once for many, and again when the copy is old", async () => {
	const { state, copies } = makeStage();
	expect(await Promise.all([copies.get("1"), copies.get("1")])).toEqual(["a", "a"]);
	state.now = 99;
	await copies.get("1");
	expect(state.loads).toBe(1);
	state.now = 100;
	state.value = undefined;
	expect(await copies.get("1")).toBeUndefined();
	expect(state.loads).toBe(2);
});

it("asks again after a hint, and does not keep what was asked before it", async () => {
	const { state, copies } = makeStage();
	const old = copies.get("1");
	state.value = "b";
	copies.forget("1");
	expect(await copies.get("1")).toBe("b");
	expect(await old).toBe("a");
	expect(await copies.get("1")).toBe("b");
	copies.forget("1");
	state.value = "c";
	expect(await copies.get("1")).toBe("c");
});

it("goes by an old copy while the owner is away, but not for ever", async () => {
	const { state, copies } = makeStage();
	await copies.get("1");
	state.isAway = true;
	state.now = 999;
	expect(await copies.get("1")).toBe("a");
	state.now = 1_000;
	await expect(copies.get("1")).rejects.toThrow("away");
	await expect(copies.get("2")).rejects.toThrow("away");
});

it("keeps only so many", async () => {
	const { state, copies } = makeStage();
	for (const key of ["1", "2", "3"]) await copies.get(key);
	await copies.get("1");
	expect(state.loads).toBe(4);
});
