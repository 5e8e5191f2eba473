import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { tools } from "../../test/harness/tools.ts";
import { clockPlace } from "./clock.ts";
import { encoderArguments, pictureSource, publishTarget } from "./picture.ts";
import { clockPoints, clockTime, secondsBehind, secondsOfDay } from "./read-clock.ts";

const picture = { width: 640, height: 360, preset: "ultrafast" } as const;

describe("the burned-in clock", () => {
	it("is not seen where there is none", () => {
		const points = clockPoints(clockPlace(picture.width, picture.height));
		expect(clockTime(points.map(() => true))).toBeUndefined();
		expect(clockTime(points.map(() => false))).toBeUndefined();
		expect(clockTime([])).toBeUndefined();
	});

	it("is compared over midnight", () => {
		const justAfter = new Date(2026, 0, 2, 0, 0, 1);
		expect(secondsBehind(86_399, justAfter)).toBe(2);
		expect(secondsBehind(1, justAfter)).toBe(0);
	});

	it.skipIf(!tools.ffmpeg)("shows the time of day in every frame, and goes on", () => {
		const { width, height } = picture;
		const before = secondsOfDay(new Date());
		// One second of what the encoder draws, one byte per pixel.
		const input = ["-loglevel", "warning", "-re", "-f", "lavfi", "-i", pictureSource(picture)];
		const output = ["-t", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"];
		const { stdout, stderr } = spawnSync(tools.ffmpeg ?? "", [...input, ...output], {
			maxBuffer: 64 * 1024 * 1024
		});
		const after = secondsOfDay(new Date());
		const frames = Math.floor(stdout.length / (width * height));
		expect(frames, stderr.toString()).toBe(25);
		const points = clockPoints(clockPlace(width, height));
		const shown = Array.from({ length: frames }, (_, frame) =>
			clockTime(points.map(([x, y]) => (stdout[(frame * height + y) * width + x] ?? 0) > 128))
		);
		expect(shown).not.toContain(undefined);
		if (after < before) return;
		for (const seconds of shown) {
			expect(seconds).toBeGreaterThanOrEqual(before - 0.1);
			expect(seconds).toBeLessThanOrEqual(after);
		}
		expect(shown.at(-1)).toBeGreaterThan(shown[0] ?? Number.POSITIVE_INFINITY);
	});
});

it("pushes to the address and the key that the host was given", () => {
	const target = publishTarget({ url: "rtmp://127.0.0.1:1935/live", key: "7?k=a&e=1&s=b" });
	expect(target).toBe("rtmp://127.0.0.1:1935/live/7?k=a&e=1&s=b");
	expect(encoderArguments(picture, target).at(-1)).toBe(target);
});
