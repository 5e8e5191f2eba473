import { expect, it } from "vitest";
import { fuzzFor } from "../harness/rtmp/fuzz-run.ts";

it("encoders gone mad for thirty seconds do no harm, and leave nothing behind", async () => {
	const seed = Date.now() % 2 ** 31;
	const runs = await fuzzFor(30_000, seed).catch((error) => {
		throw new Error(`The seed was ${seed}.`, { cause: error });
	});
	expect(runs).toBeGreaterThan(100);
});
