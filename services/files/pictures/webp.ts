/** WebP (RFC 9649): a RIFF file of chunks, simple, extended or animated. */
import { type Parsed, Reader, refuse } from "./reader.ts";

interface Size {
	readonly width: number;
	readonly height: number;
}

interface Chunk {
	readonly name: string;
	readonly data: Buffer;
	/** With its head and padding. */
	readonly whole: Buffer;
}

const kept = new Set(["VP8X", "ICCP", "ANIM", "ANMF", "ALPH", "VP8 ", "VP8L"]);
const exifAndXmpFlags = 0x0c;

function readChunk(reader: Reader): Chunk {
	const start = reader.at;
	const name = reader.text(4);
	const length = reader.little(4);
	const data = reader.take(length);
	reader.take(length % 2);
	return { name, data, whole: reader.bytes.subarray(start, reader.at) };
}

export function parseWebp(bytes: Buffer): Parsed {
	const reader = new Reader(bytes);
	reader.take(4);
	if (reader.little(4) !== bytes.length - 8) refuse("its length is not what it says");
	reader.take(4);
	let canvas: Size | undefined;
	let frames = 0;
	const parts: Buffer[] = [];
	while (reader.left > 0) {
		const chunk = readChunk(reader);
		const { name, data } = chunk;
		if (!kept.has(name)) continue;
		if (name === "VP8X") {
			if (canvas) refuse("it has two headers");
			canvas = canvasOf(new Reader(data));
			parts.push(withoutFlags(chunk.whole));
			continue;
		}
		if (name === "ANMF") frames += checkFrame(new Reader(data), canvas);
		const size = bitstreamSize(chunk);
		if (size) {
			if (canvas && !isSame(size, canvas)) refuse("its sizes contradict each other");
			canvas ??= size;
			frames += 1;
		}
		parts.push(chunk.whole);
	}
	if (!canvas || frames === 0) return refuse("it has no content");
	return { ...canvas, frames, parts: [riffHead(parts), ...parts] };
}

const isSame = (one: Size, other: Size): boolean =>
	one.width === other.width && one.height === other.height;

function canvasOf(data: Reader): Size {
	data.take(4);
	return { width: data.little(3) + 1, height: data.little(3) + 1 };
}

/** The header promises no Exif and XMP any more: they are left out. */
function withoutFlags(whole: Buffer): Buffer {
	const copy = Buffer.from(whole);
	copy.writeUInt8(copy.readUInt8(8) & ~exifAndXmpFlags, 8);
	return copy;
}

function riffHead(parts: readonly Buffer[]): Buffer {
	const head = Buffer.from("RIFF0000WEBP", "latin1");
	head.writeUInt32LE(
		parts.reduce((sum, part) => sum + part.length, 4),
		4
	);
	return head;
}

/** What the compressed data itself says; undefined for other chunks. */
function bitstreamSize({ name, data }: Chunk): Size | undefined {
	const reader = new Reader(data);
	if (name === "VP8 ") {
		reader.take(3);
		if (reader.big(2) !== 0x9d01 || reader.byte() !== 0x2a) refuse("it starts with no keyframe");
		return { width: reader.little(2) & 0x3fff, height: reader.little(2) & 0x3fff };
	}
	if (name === "VP8L") {
		if (reader.byte() !== 0x2f) refuse("its signature is missing");
		const bits = reader.little(4);
		return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
	}
	return undefined;
}

/** A frame lies inside the canvas, and holds a picture of its size. */
function checkFrame(data: Reader, canvas: Size | undefined): 1 {
	const left = data.little(3) * 2;
	const top = data.little(3) * 2;
	const size = { width: data.little(3) + 1, height: data.little(3) + 1 };
	data.take(4);
	const fits = canvas && left + size.width <= canvas.width && top + size.height <= canvas.height;
	if (!fits) refuse("a frame is too large");
	let isDrawn = false;
	while (data.left > 0) {
		const inside = bitstreamSize(readChunk(data));
		if (!inside) continue;
		if (!isSame(inside, size)) refuse("its sizes contradict each other");
		isDrawn = true;
	}
	if (!isDrawn) refuse("a frame is empty");
	return 1;
}
