import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkOf, pictures, pngOf } from "../../../test/harness/pictures.ts";
import { orientationOf, orientationSegment } from "./exif.ts";
import { readPicture } from "./picture.ts";

const kinds = Object.entries(pictures);
const notAPicture = expect.objectContaining({ type: "NOT_A_PICTURE" });
const tooLarge = expect.objectContaining({ type: "PICTURE_TOO_LARGE" });

function refusalOf(bytes: Buffer): unknown {
	try {
		return readPicture(bytes);
	} catch (error) {
		return error;
	}
}

describe("a picture", () => {
	it.each(kinds)(
		"%s is known by its own bytes, and nothing is lost",
		(_, { type, size, bytes }) => {
			const picture = readPicture(bytes);
			expect(picture).toMatchObject({ type, width: size[0], height: size[1] });
			// Reading what was kept gives the same: it is a whole picture.
			expect(readPicture(picture.bytes)).toEqual(picture);
		}
	);

	it.each(kinds)("%s is refused with anything behind it, or cut off anywhere", (_, { bytes }) => {
		const archive = Buffer.from("504b0304140000000800", "hex");
		for (const tail of [archive, Buffer.from("<script>alert(1)</script>"), Buffer.of(0)]) {
			expect(refusalOf(Buffer.concat([bytes, tail]))).toEqual(notAPicture);
		}
		for (let length = 0; length < bytes.length; length += 1) {
			expect(refusalOf(bytes.subarray(0, length)), `cut at ${length}`).toEqual(notAPicture);
		}
	});

	it.each(kinds)("%s with any byte changed is a picture or refused, nothing else", (_, kind) => {
		const change = fc.tuple(fc.nat(kind.bytes.length - 1), fc.integer({ min: 0, max: 255 }));
		fc.assert(
			fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
				const bytes = Buffer.from(kind.bytes);
				for (const [at, value] of changes) bytes[at] = value;
				const outcome = refusalOf(bytes) as { type: string };
				expect(outcome.type).toMatch(/^(image\/\w+|NOT_A_PICTURE|PICTURE_TOO_LARGE)$/);
			}),
			{ numRuns: 300 }
		);
	});

	it.each([
		["SVG", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
		["XML", '<?xml version="1.0"?><svg/>'],
		["a page", "<!doctype html><script>alert(1)</script>"],
		["PDF", "%PDF-1.7"],
		["a GIF in name only", "GIF89a/*<script>*/=1;alert(1)"],
		["a RIFF of another kind", "RIFF\x04\0\0\0WAVE"],
		["nothing", ""]
	])("%s is refused", (_, text) => {
		expect(refusalOf(Buffer.from(text, "latin1"))).toEqual(notAPicture);
	});

	it("is refused for pixels that it claims", () => {
		expect(refusalOf(pngOf(60_000, 60_000))).toEqual(tooLarge);
		expect(refusalOf(pngOf(1, 60_000))).toEqual(tooLarge);
		expect(refusalOf(pngOf(6_000, 6_000))).toEqual(tooLarge);
		expect(refusalOf(pngOf(2 ** 32 - 1, 2 ** 32 - 1))).toEqual(tooLarge);
		expect(refusalOf(pngOf(0, 8))).toEqual(notAPicture);
		expect(readPicture(pngOf(5_000, 5_000))).toMatchObject({ width: 5_000 });
	});

	it("is refused for frames beyond number or outside of it", () => {
		const frame = (width: number) => {
			const data = Buffer.alloc(26);
			data.writeUInt32BE(width, 4);
			data.writeUInt32BE(8, 8);
			return chunkOf("fcTL", data);
		};
		expect(readPicture(pngOf(16, 8, [frame(16)]))).toMatchObject({ width: 16 });
		expect(refusalOf(pngOf(16, 8, [frame(60_000)]))).toEqual(notAPicture);
		expect(refusalOf(pngOf(16, 8, Array<Buffer>(501).fill(frame(16))))).toEqual(tooLarge);
		// 300 frames of 1 MP are as much to draw as 300 pictures.
		expect(refusalOf(pngOf(1_000, 1_000, Array<Buffer>(300).fill(frame(16))))).toEqual(tooLarge);
	});

	it("is refused with parts that draw and are not known", () => {
		expect(refusalOf(pngOf(16, 8, [chunkOf("EVIL", Buffer.alloc(4))]))).toEqual(notAPicture);
		const wrong = Buffer.from(pictures.png.bytes);
		wrong.writeUInt8(wrong.readUInt8(20) ^ 1, 20);
		expect(refusalOf(wrong)).toEqual(notAPicture);
	});
});

describe("what a picture says besides", () => {
	const secret = Buffer.from("<?php system($_GET[0]); ?> 48.8584 N 2.2945 E");

	it("is taken out of a PNG", () => {
		const chatty = pngOf(16, 8, [chunkOf("tEXt", secret), chunkOf("eXIf", secret)]);
		expect(readPicture(chatty).bytes).toEqual(pictures.png.bytes);
	});

	it("is taken out of a GIF", () => {
		const { bytes } = pictures.gif;
		const block = Buffer.concat([Buffer.of(0x21, 0xfe, secret.length), secret, Buffer.of(0)]);
		const chatty = Buffer.concat([bytes.subarray(0, 19), block, bytes.subarray(19)]);
		expect(readPicture(chatty).bytes).toEqual(bytes);
	});

	it("is taken out of a WebP, and its header says so no more", () => {
		const { bytes } = pictures.animatedWebp;
		const head = Buffer.from("EXIF0000", "latin1");
		head.writeUInt32LE(secret.length, 4);
		const pad = Buffer.alloc(secret.length % 2);
		const chatty = Buffer.concat([bytes, head, secret, pad]);
		chatty.writeUInt32LE(chatty.length - 8, 4);
		chatty.writeUInt8(chatty.readUInt8(20) | 0x0c, 20);
		expect(readPicture(chatty).bytes).toEqual(bytes);
	});

	it("is taken out of a JPEG, except for which way is up", () => {
		const { bytes } = pictures.jpeg;
		const segment = (marker: number, data: Buffer) => {
			const head = Buffer.of(0xff, marker, 0, 0);
			head.writeUInt16BE(data.length + 2, 2);
			return Buffer.concat([head, data]);
		};
		const plain = readPicture(bytes).bytes;
		expect(plain.includes("Lavc")).toBe(false);
		const comment = segment(0xfe, secret);
		const [turned = Buffer.alloc(0)] = orientationSegment(6);
		const exif = segment(0xe1, Buffer.concat([turned.subarray(4), secret]));
		const rest = bytes.subarray(2);
		const chatty = readPicture(Buffer.concat([bytes.subarray(0, 2), comment, exif, rest]));
		expect(chatty.bytes.includes("system")).toBe(false);
		expect(chatty.bytes.length).toBe(plain.length + turned.length);
		expect(orientationOf(chatty.bytes.subarray(6))).toBe(6);
	});

	it("may be nonsense where Exif should be", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
				for (const order of ["II*\0", "MM\0*"]) {
					const data = Buffer.concat([Buffer.from(`Exif\0\0${order}`, "latin1"), noise]);
					expect(orientationOf(data)).toBeGreaterThan(0);
					expect(orientationOf(data)).toBeLessThan(9);
				}
			})
		);
	});
});
