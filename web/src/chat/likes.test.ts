import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../../config/limits.ts";
import { LikeBatch, likeMilliseconds } from "./likes.ts";

describe("likes", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it("go out at once, then once a second with their sum", () => {
		const sent: number[] = [];
		const likes = new LikeBatch((count) => sent.push(count));
		for (let press = 0; press < 8; press += 1) likes.press();
		expect(sent).toEqual([1]);
		vi.advanceTimersByTime(likeMilliseconds);
		expect(sent).toEqual([1, 7]);
		vi.advanceTimersByTime(10 * likeMilliseconds);
		expect(sent).toEqual([1, 7]);
		likes.press();
		expect(sent).toEqual([1, 7, 1]);
	});

	it("never say more than one call may", () => {
		const sent: number[] = [];
		const likes = new LikeBatch((count) => sent.push(count));
		for (let press = 0; press < 5 * limits.likesPerCallMax; press += 1) likes.press();
		vi.advanceTimersByTime(likeMilliseconds);
		expect(sent).toEqual([1, limits.likesPerCallMax]);
	});

	it("are not lost when somebody leaves the page", () => {
		const sent: number[] = [];
		const likes = new LikeBatch((count) => sent.push(count));
		likes.press();
		likes.press();
		likes.stop();
		expect(sent).toEqual([1, 1]);
		vi.advanceTimersByTime(10 * likeMilliseconds);
		expect(sent).toEqual([1, 1]);
	});
});
