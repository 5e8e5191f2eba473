import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Crowd } from "./crowd.ts";

it("lets all who ask meanwhile go together, in their order, and the next ones later", async () => {
	let now = 0;
	const crowd = new Crowd(50, () => now);
	const went: string[] = [];
	const ask = (name: string) => crowd.turn().then(() => went.push(name));
	const first = [ask("a"), ask("b")];
	expect(went).toEqual([]);
	await Promise.all(first);
	expect(went).toEqual(["a", "b"]);

	now = 10;
	const second = [ask("c"), ask("d")];
	// Not with the others: the last crowd went a moment ago.
	await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
	expect(went).toEqual(["a", "b"]);
	await Promise.all(second);
	expect(went).toEqual(["a", "b", "c", "d"]);
});

it("keeps nobody waiting who comes alone", async () => {
	let now = 0;
	const crowd = new Crowd(60_000, () => now);
	for (let time = 0; time < 5; time += 1) {
		const late = sleep(10_000, "late", { ref: false });
		expect(await Promise.race([crowd.turn(), late])).toBeUndefined();
		now += 60_000;
	}
});
