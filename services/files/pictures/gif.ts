/** GIF 87a and 89a: a screen, then blocks until the trailer. */
import { type Parsed, Reader, refuse } from "./reader.ts";

const extension = 0x21;
const image = 0x2c;
const trailer = 0x3b;
const graphicControl = 0xf9;
const application = 0xff;

/** Of the applications' own blocks only those that make an animation repeat. */
const repeating = /^(NETSCAPE2\.0|ANIMEXTS1\.0)$/;

export function parseGif(bytes: Buffer): Parsed {
	const reader = new Reader(bytes);
	reader.take(6);
	const width = reader.little(2);
	const height = reader.little(2);
	const flags = reader.byte();
	reader.take(2);
	skipColors(reader, flags);
	const parts = [bytes.subarray(0, reader.at)];
	let frames = 0;
	for (;;) {
		const start = reader.at;
		const kind = reader.byte();
		if (kind === trailer) break;
		let isKept = true;
		if (kind === image) {
			frames += 1;
			skipImage(reader, width, height);
		} else if (kind === extension) {
			isKept = skipExtension(reader);
		} else {
			refuse("a part of it is not known");
		}
		if (isKept) parts.push(bytes.subarray(start, reader.at));
	}
	parts.push(bytes.subarray(reader.at - 1, reader.at));
	reader.end();
	return { width, height, frames, parts };
}

function skipColors(reader: Reader, flags: number): void {
	if (flags & 0x80) reader.take(3 * 2 ** ((flags & 7) + 1));
}

function skipImage(reader: Reader, width: number, height: number): void {
	const left = reader.little(2);
	const top = reader.little(2);
	const right = left + reader.little(2);
	const bottom = top + reader.little(2);
	if (right > width || bottom > height) refuse("a frame is too large");
	skipColors(reader, reader.byte());
	// The size of the first codes.
	reader.take(1);
	skipBlocks(reader);
}

/** Whether the block belongs to the drawing; comments and texts do not. */
function skipExtension(reader: Reader): boolean {
	const label = reader.byte();
	const start = reader.at;
	skipBlocks(reader);
	if (label === graphicControl) return true;
	const name = reader.bytes.toString("latin1", start + 1, start + 12);
	return label === application && repeating.test(name);
}

function skipBlocks(reader: Reader): void {
	for (let length = reader.byte(); length > 0; length = reader.byte()) reader.take(length);
}
