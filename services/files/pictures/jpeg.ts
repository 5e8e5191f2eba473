/** JPEG (ITU T.81): segments, each behind a marker, and scans of compressed data. */
import { orientationOf, orientationSegment } from "./exif.ts";
import { type Parsed, Reader, refuse } from "./reader.ts";

const startOfScan = 0xda;
const endOfImage = 0xd9;
const comment = 0xfe;
const exif = 0xe1;
/** Baseline, extended and progressive: what browsers show. */
const frameHeaders = new Set([0xc0, 0xc1, 0xc2]);
/** Lossless, differential and arithmetic coding, and heights that come later. */
const unknown = new Set([
	...[0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xdc, 0xde, 0xdf]
]);

/** JFIF, colour profiles and Adobe's colour transform: without them the colours are wrong. */
const isForDrawing = (marker: number, data: Buffer): boolean =>
	marker === 0xe0 ||
	marker === 0xee ||
	(marker === 0xe2 && data.toString("latin1", 0, 12) === "ICC_PROFILE\0");

export function parseJpeg(bytes: Buffer): Parsed {
	const reader = new Reader(bytes);
	const parts = [reader.take(2)];
	let size: { width: number; height: number } | undefined;
	let scans = 0;
	for (;;) {
		const start = reader.at;
		const marker = readMarker(reader);
		if (marker === endOfImage) break;
		if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8) || unknown.has(marker)) {
			refuse("a part of it is not known");
		}
		const length = reader.big(2);
		if (length < 2) refuse("a length is wrong");
		const data = reader.take(length - 2);
		if (frameHeaders.has(marker)) {
			if (size) refuse("it has two headers");
			size = sizeOf(new Reader(data));
		}
		if (marker === startOfScan) {
			if (!size) refuse("its header is missing");
			scans += 1;
			skipScan(reader);
		}
		const isExtra = marker >= 0xe0 && marker <= 0xef ? !isForDrawing(marker, data) : false;
		if (!isExtra && marker !== comment) parts.push(bytes.subarray(start, reader.at));
		if (marker === exif) parts.push(...orientationSegment(orientationOf(data)));
	}
	reader.end();
	if (!size || scans === 0) return refuse("it has no content");
	parts.push(Buffer.from([0xff, endOfImage]));
	return { ...size, frames: 1, parts };
}

/** A marker may stand behind any number of fill bytes. */
function readMarker(reader: Reader): number {
	if (reader.byte() !== 0xff) refuse("a marker is missing");
	let marker = reader.byte();
	while (marker === 0xff) marker = reader.byte();
	return marker;
}

function sizeOf(data: Reader): { width: number; height: number } {
	if (data.byte() !== 8) refuse("its colours are too deep");
	const height = data.big(2);
	return { height, width: data.big(2) };
}

/** Goes to the next marker that is neither a stuffed zero nor a restart. */
function skipScan(reader: Reader): void {
	for (;;) {
		const found = reader.bytes.indexOf(0xff, reader.at);
		if (found < 0 || found + 1 >= reader.bytes.length) refuse("it ends too early");
		const next = reader.bytes[found + 1] as number;
		const isData = next === 0 || (next >= 0xd0 && next <= 0xd7);
		reader.at = isData ? found + 2 : found;
		if (!isData && next !== 0xff) return;
		if (next === 0xff) reader.at = found + 1;
	}
}
