import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readPicture } from "../../services/files/pictures/picture.ts";
import { box, type Colour, circle, pngOf, pointed, turned } from "./drawing.ts";
import { demoDrawings, demoPicture } from "./pictures.ts";

const names = Object.keys(demoDrawings) as (keyof typeof demoDrawings)[];

/** Red, green and blue of the pixels of a small PNG that was drawn here. */
function pixelsOf(png: Buffer, side: number): number[][] {
	const at = png.indexOf("IDAT") + 4;
	const rows = inflateSync(png.subarray(at, at + png.readUInt32BE(at - 8)));
	return Array.from({ length: side * side }, (_, pixel) => {
		const from = Math.floor(pixel / side) * (1 + side * 3) + 1 + (pixel % side) * 3;
		return [...rows.subarray(from, from + 3)];
	});
}

describe("pictures of demo goods", () => {
	it("are pictures that the platform takes, one for each, the same every time", () => {
		const all = names.map(demoPicture);
		for (const picture of all) {
			const { type, width, height, bytes } = readPicture(picture);
			expect([type, width, height]).toEqual(["image/png", 400, 400]);
			expect(bytes.equals(picture)).toBe(true);
		}
		expect(new Set(all.map((picture) => picture.toString("base64"))).size).toBe(names.length);
		expect(demoPicture("oolong").equals(all[names.indexOf("oolong")] as Buffer)).toBe(true);
	});

	it("show their shapes on their ground, from corner to corner", () => {
		const light: Colour = [250, 240, 230];
		const dark: Colour = [50, 60, 70];
		const ink: Colour = [200, 0, 0];
		const parts = [{ shape: circle(0, 0, 0.5), colour: ink }];
		const pixels = pixelsOf(pngOf({ ground: [light, dark], parts }, 32), 32);
		const [first = [], middle = [], last = []] = [pixels[0], pixels[16 * 32 + 16], pixels.at(-1)];
		expect(middle).toEqual(ink);
		for (const part of [0, 1, 2] as const) {
			expect(Math.abs((first[part] ?? 0) - light[part])).toBeLessThan(12);
			expect(Math.abs((last[part] ?? 0) - dark[part])).toBeLessThan(12);
		}
	});

	it("knows inside from outside", () => {
		expect(box(0, 0, [0.5, 0.2, 0.1])(0.4, 0)).toBeLessThan(0);
		expect(box(0, 0, [0.5, 0.2, 0.1])(0, 0.4)).toBeGreaterThan(0);
		expect(turned(box(0, 0, [0.5, 0.2, 0.1]), 90)(0, 0.4)).toBeLessThan(0);
		expect(pointed(0, 0, [0.2, 0.6])(0, 0.55)).toBeLessThan(0);
		expect(pointed(0, 0, [0.2, 0.6])(0.25, 0)).toBeGreaterThan(0);
	});
});
