/**
 * A wall clock burned into a picture: seven-segment digits made of boxes, so that it needs no font
 * and a test can read it back from the pixels. It shows hours, minutes, seconds and tenths.
 */

/** A rectangle in strokes: the width of one line of a digit. */
interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

interface Segment extends Box {
	/** The digits that light it. */
	readonly digits: string;
	/** A point that no other segment covers. */
	readonly probe: readonly [x: number, y: number];
}

/** In a cell that is 4 strokes wide and 7 high: top, then clockwise, the middle last. */
export const segments: readonly Segment[] = [
	{ digits: "02356789", x: 0, y: 0, width: 4, height: 1, probe: [2, 0.5] },
	{ digits: "01234789", x: 3, y: 0, width: 1, height: 4, probe: [3.5, 2] },
	{ digits: "013456789", x: 3, y: 3, width: 1, height: 4, probe: [3.5, 5] },
	{ digits: "0235689", x: 0, y: 6, width: 4, height: 1, probe: [2, 6.5] },
	{ digits: "0268", x: 0, y: 3, width: 1, height: 4, probe: [0.5, 5] },
	{ digits: "045689", x: 0, y: 0, width: 1, height: 4, probe: [0.5, 2] },
	{ digits: "2345689", x: 0, y: 3, width: 4, height: 1, probe: [2, 3.5] }
];

/** Each digit by its place from the left and its value, of the seconds since midnight in `T`. */
const digits: readonly (readonly [x: number, value: string])[] = [
	[2, "floor(T/36000)"],
	[7, "mod(floor(T/3600),10)"],
	[14, "mod(floor(T/600),6)"],
	[19, "mod(floor(T/60),10)"],
	[26, "mod(floor(T/10),6)"],
	[31, "mod(floor(T),10)"],
	[38, "mod(floor(T*10),10)"]
];

/** Where the digits stand, in strokes from the left of the clock. */
export const digitPlaces: readonly number[] = digits.map(([x]) => x);
/** Where the digits stand, in strokes from its top. */
export const digitTop = 2;

const points: readonly Box[] = [
	{ x: 12, y: 4, width: 1, height: 1 },
	{ x: 12, y: 6, width: 1, height: 1 },
	{ x: 24, y: 4, width: 1, height: 1 },
	{ x: 24, y: 6, width: 1, height: 1 },
	{ x: 36, y: 8, width: 1, height: 1 }
];
const face: Box = { x: 0, y: 0, width: 44, height: 11 };

export interface ClockPlace {
	/** Pixels of one stroke; the whole clock is 44 strokes wide and 11 high. */
	readonly stroke: number;
	readonly left: number;
	readonly top: number;
}

/** In the middle of a picture, two thirds of its width. Even, since chroma has half the pixels. */
export function clockPlace(width: number, height: number): ClockPlace {
	const even = (value: number) => 2 * Math.floor(value / 2);
	const stroke = even((width * 2) / 3 / face.width);
	return {
		stroke,
		left: even((width - stroke * face.width) / 2),
		top: even((height - stroke * face.height) / 2)
	};
}

/** Filters of ffmpeg that draw the clock; `zoneSeconds` is what local time is ahead of UTC. */
export function clockFilter(place: ClockPlace, zoneSeconds: number): string {
	const box = (part: Box, more: string): string => {
		const { stroke, left, top } = place;
		const x = left + part.x * stroke;
		const y = top + part.y * stroke;
		return `drawbox=${x}:${y}:${part.width * stroke}:${part.height * stroke}:${more}`;
	};
	const filters = [box(face, "black:fill"), ...points.map((point) => box(point, "white:fill"))];
	const now = `mod(time(0)+${zoneSeconds},86400)`;
	for (const [x, value] of digits) {
		const digit = value.replace("T", now);
		for (const segment of segments) {
			const bits = [...segment.digits].reduce((sum, one) => sum + 2 ** Number(one), 0);
			const lit = { ...segment, x: segment.x + x, y: segment.y + digitTop };
			filters.push(box(lit, `white:fill:enable='mod(floor(${bits}/pow(2,${digit})),2)'`));
		}
	}
	return filters.join(",");
}
