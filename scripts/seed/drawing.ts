/**
 * Pictures for demo goods, drawn by plain code: a shape with a soft shadow on a gradient. The same
 * words draw the same bytes. Places are from -1 to 1, to the right and down.
 */
import { crc32, deflateSync } from "node:zlib";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Of a place: how far outside of a shape it is, below 0 inside; or how much of it is covered. */
export type Shape = (x: number, y: number) => number;

export interface Part {
	readonly shape: Shape;
	readonly colour: Colour;
}

export interface Drawing {
	/** From the upper left corner to the lower right one. */
	readonly ground: readonly [Colour, Colour];
	/** The first one lies lowest. */
	readonly parts: readonly Part[];
}

export const circle =
	(atX: number, atY: number, radius: number): Shape =>
	(x, y) =>
		Math.hypot(x - atX, y - atY) - radius;

/** With round corners; half as wide and as high as it is. */
export const box =
	(atX: number, atY: number, [width, height, round]: readonly [number, number, number]): Shape =>
	(x, y) => {
		const outX = Math.abs(x - atX) - width + round;
		const outY = Math.abs(y - atY) - height + round;
		const within = Math.min(Math.max(outX, outY), 0);
		return within + Math.hypot(Math.max(outX, 0), Math.max(outY, 0)) - round;
	};

export const both =
	(one: Shape, other: Shape): Shape =>
	(x, y) =>
		Math.max(one(x, y), other(x, y));

/** Turned about the middle, in degrees to the right. */
export const turned = (shape: Shape, degrees: number): Shape => {
	const [sine, cosine] = [Math.sin, Math.cos].map((part) => part((degrees * Math.PI) / 180)) as [
		number,
		number
	];
	return (x, y) => shape(x * cosine + y * sine, y * cosine - x * sine);
};

/** Pointed above and below, where two circles meet; half as wide and as high as it is. */
export const pointed = (
	atX: number,
	atY: number,
	[width, height]: readonly [number, number]
): Shape => {
	const radius = (height ** 2 + width ** 2) / (2 * width);
	const apart = radius - width;
	return both(circle(atX - apart, atY, radius), circle(atX + apart, atY, radius));
};

const shadow: Colour = [20, 20, 40];
const shadowShare = 0.22;
const shadowWidth = 0.16;
const shadowDrop = 0.05;

/** How much of a place a shape covers when its edge is `width` wide. */
const coverOf = (distance: number, width: number): number =>
	Math.min(1, Math.max(0, 0.5 - distance / width));

/** The colours of all pixels, row after row. */
class Canvas {
	readonly side: number;
	readonly colours: Float32Array;

	constructor(side: number) {
		this.side = side;
		this.colours = new Float32Array(side * side * 3);
	}

	/** Lays a colour over each place, as much of it as `share` says. */
	lay(colour: Colour, share: Shape): void {
		const { side, colours } = this;
		for (let pixel = 0; pixel < side * side; pixel += 1) {
			const x = (2 * (pixel % side)) / side - 1;
			const y = (2 * Math.floor(pixel / side)) / side - 1;
			const over = share(x, y);
			if (over === 0) continue;
			for (let part = 0; part < 3; part += 1) {
				const under = colours[pixel * 3 + part] ?? 0;
				colours[pixel * 3 + part] = under + ((colour[part] ?? 0) - under) * over;
			}
		}
	}
}

function paint({ ground, parts }: Drawing, side: number): Canvas {
	const canvas = new Canvas(side);
	canvas.lay(ground[0], () => 1);
	canvas.lay(ground[1], (x, y) => (x + y + 2) / 4);
	const share = shadowShare / parts.length;
	for (const { shape } of parts) {
		const shaded: Shape = (x, y) => shape(x - shadowDrop, y - shadowDrop);
		canvas.lay(shadow, (x, y) => share * coverOf(shaded(x, y), shadowWidth));
	}
	for (const { shape, colour } of parts) {
		canvas.lay(colour, (x, y) => coverOf(shape(x, y), 2 / side));
	}
	return canvas;
}

/** A square PNG of so many pixels a side. */
export function pngOf(drawing: Drawing, side: number): Buffer {
	const { colours } = paint(drawing, side);
	const rows = Buffer.alloc((1 + side * 3) * side);
	for (let at = 0; at < colours.length; at += 1) {
		// Each row begins with a byte that says how it is packed: not at all.
		rows[at + 1 + Math.floor(at / (side * 3))] = Math.round(colours[at] ?? 0);
	}
	const header = Buffer.alloc(13);
	header.writeUInt32BE(side, 0);
	header.writeUInt32BE(side, 4);
	// Eight bits for each of three colours.
	header.set([8, 2], 8);
	return Buffer.concat([
		Buffer.from("89504e470d0a1a0a", "hex"),
		chunkOf("IHDR", header),
		chunkOf("IDAT", deflateSync(rows, { level: 9 })),
		chunkOf("IEND", Buffer.alloc(0))
	]);
}

function chunkOf(name: string, data: Buffer): Buffer {
	const checked = Buffer.concat([Buffer.from(name, "latin1"), data]);
	const chunk = Buffer.alloc(checked.length + 8);
	chunk.writeUInt32BE(data.length, 0);
	checked.copy(chunk, 4);
	chunk.writeUInt32BE(crc32(checked), checked.length + 4);
	return chunk;
}
