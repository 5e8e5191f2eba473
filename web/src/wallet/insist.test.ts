import { describe, expect, it } from "vitest";
import { ApiError } from "../api/http.ts";
import { insist, isUnanswered, pauses } from "./insist.ts";

/** Fails with these in turn, then answers. */
function failing(...errors: readonly Error[]) {
	const waited: number[] = [];
	let sent = 0;
	const send = async () => {
		const error = errors[sent++];
		if (error) throw error;
		return "done";
	};
	const run = () => insist(send, async (pause) => void waited.push(pause));
	return { run, waited, sent: () => sent };
}

const offline = new ApiError("OFFLINE", 0);
const busy = new ApiError("BUSY", 503);

describe("insist", () => {
	it("asks again while no answer comes, with growing pauses", async () => {
		const { run, waited } = failing(offline, busy);
		expect(await run()).toEqual({ answer: "done", tries: 3 });
		expect(waited).toEqual(pauses.slice(0, 2));
	});

	it("ends after some tries with what the last one brought", async () => {
		const { run, sent } = failing(...Array.from({ length: 9 }, () => busy));
		await expect(run()).rejects.toBe(busy);
		expect(sent()).toBe(pauses.length + 1);
	});

	it("takes a refusal as the answer that it is", async () => {
		const refused = new ApiError("INSUFFICIENT_BALANCE", 402);
		const { run, sent } = failing(refused);
		await expect(run()).rejects.toBe(refused);
		expect(sent()).toBe(1);
		expect(isUnanswered(refused)).toBe(false);
		expect(isUnanswered(offline)).toBe(true);
		expect(isUnanswered(new TypeError("bug"))).toBe(false);
	});

	it("waits as long as it is told to, unless that is long", async () => {
		const soon = new ApiError("RATE_LIMITED", 429, "", { retryAfterMs: 2_000 });
		const { run, waited } = failing(soon);
		await run();
		expect(waited).toEqual([2_000]);
		const late = new ApiError("RATE_LIMITED", 429, "", { retryAfterMs: 600_000 });
		await expect(failing(late).run()).rejects.toBe(late);
	});
});
