/** PNG and animated PNG (W3C PNG, third edition): chunks with a length, a name and a checksum. */
import { crc32 } from "node:zlib";
import { type Parsed, Reader, refuse } from "./reader.ts";

/** Chunks that draw the picture; text, time and Exif are not among them. */
const kept = new Set([
	...["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT"],
	...["pHYs", "acTL", "fcTL", "fdAT"]
]);

interface Chunk {
	readonly name: string;
	readonly data: Buffer;
	/** With its length and checksum. */
	readonly whole: Buffer;
}

function readChunk(reader: Reader): Chunk {
	const start = reader.at;
	const length = reader.big(4);
	const name = reader.text(4);
	const data = reader.take(length);
	const checked = reader.bytes.subarray(start + 4, reader.at);
	if (reader.big(4) !== crc32(checked)) refuse("a checksum is wrong");
	return { name, data, whole: reader.bytes.subarray(start, reader.at) };
}

const isCritical = (name: string): boolean => /^[A-Z]/.test(name);

export function parsePng(bytes: Buffer): Parsed {
	const reader = new Reader(bytes);
	const parts = [reader.take(8)];
	const header = readChunk(reader);
	if (header.name !== "IHDR" || header.data.length !== 13) refuse("its header is missing");
	const width = header.data.readUInt32BE(0);
	const height = header.data.readUInt32BE(4);
	parts.push(header.whole);
	let frames = 0;
	let hasData = false;
	for (let name = ""; name !== "IEND"; ) {
		const chunk = readChunk(reader);
		name = chunk.name;
		if (name === "IHDR") refuse("it has two headers");
		if (name === "IDAT") hasData = true;
		if (name === "fcTL") {
			frames += 1;
			checkFrame(new Reader(chunk.data), width, height);
		}
		if (kept.has(name)) parts.push(chunk.whole);
		else if (isCritical(name)) refuse("a part of it is not known");
	}
	if (!hasData) refuse("it has no content");
	reader.end();
	return { width, height, frames: Math.max(1, frames), parts };
}

/** A frame lies inside the picture. */
function checkFrame(data: Reader, width: number, height: number): void {
	data.big(4);
	const [frameWidth, frameHeight, left, top] = [
		...[data.big(4), data.big(4)],
		...[data.big(4), data.big(4)]
	] as [number, number, number, number];
	if (left + frameWidth > width || top + frameHeight > height) refuse("a frame is too large");
}
