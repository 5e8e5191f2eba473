/** What the demo goods look like. */
import { both, box, circle, type Drawing, pngOf, pointed, turned } from "./drawing.ts";

/** Sharp on a phone, over its whole width. */
const sidePixels = 400;

const leaf = (degrees: number) => turned(pointed(0, -0.3, [0.19, 0.42]), degrees);

const oolong: Drawing = {
	ground: [
		[238, 243, 214],
		[142, 186, 128]
	],
	parts: [
		{ shape: box(0, 0.36, [0.025, 0.36, 0.025]), colour: [70, 104, 52] },
		{ shape: leaf(-48), colour: [88, 138, 64] },
		{ shape: leaf(48), colour: [104, 156, 74] },
		{ shape: leaf(0), colour: [126, 178, 88] }
	]
};

const gaiwan: Drawing = {
	ground: [
		[232, 240, 242],
		[126, 168, 174]
	],
	parts: [
		{ shape: box(0, 0.52, [0.62, 0.05, 0.05]), colour: [222, 240, 232] },
		{ shape: box(0, 0.46, [0.2, 0.06, 0.03]), colour: [150, 196, 182] },
		{ shape: both(circle(0, -0.08, 0.54), box(0, 0.46, [0.6, 0.5, 0])), colour: [172, 214, 200] },
		{ shape: both(circle(0, 0.42, 0.66), box(0, -0.24, [0.5, 0.22, 0])), colour: [196, 230, 218] },
		{ shape: circle(0, -0.3, 0.085), colour: [150, 196, 182] }
	]
};

const fringe = [-0.2, -0.1, 0, 0.1, 0.2];

const scarf: Drawing = {
	ground: [
		[246, 234, 220],
		[214, 160, 128]
	],
	parts: [
		...fringe.map((x) => ({
			shape: turned(box(x, 0.62, [0.018, 0.12, 0.018]), 12),
			colour: [196, 176, 140] as const
		})),
		{ shape: turned(box(0, 0.1, [0.26, 0.46, 0.04]), 12), colour: [226, 208, 174] },
		{ shape: turned(box(0, 0.3, [0.26, 0.035, 0]), 12), colour: [70, 84, 140] },
		{ shape: turned(box(0, 0.42, [0.26, 0.02, 0]), 12), colour: [182, 92, 58] },
		{ shape: turned(box(0, -0.32, [0.56, 0.2, 0.18]), -8), colour: [238, 224, 196] },
		{ shape: turned(box(0.28, -0.32, [0.03, 0.2, 0]), -8), colour: [70, 84, 140] }
	]
};

const candle: Drawing = {
	ground: [
		[92, 70, 104],
		[226, 140, 84]
	],
	parts: [
		{ shape: box(0, 0.7, [0.5, 0.05, 0.05]), colour: [96, 66, 58] },
		{ shape: box(0, 0.26, [0.28, 0.42, 0.06]), colour: [240, 196, 104] },
		{ shape: box(0.16, 0.26, [0.06, 0.34, 0.06]), colour: [250, 218, 146] },
		{ shape: box(0, -0.2, [0.016, 0.07, 0.01]), colour: [72, 52, 48] },
		{ shape: pointed(0, -0.46, [0.16, 0.32]), colour: [255, 178, 72] },
		{ shape: pointed(0, -0.38, [0.08, 0.18]), colour: [255, 240, 190] }
	]
};

export const demoDrawings = { oolong, gaiwan, scarf, candle } as const;

/** A PNG, the same on every machine. */
export const demoPicture = (name: keyof typeof demoDrawings): Buffer =>
	pngOf(demoDrawings[name], sidePixels);
