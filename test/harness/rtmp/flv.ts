/** Tiny FLV: tags that look like H.264 and AAC to a server, and a reader for what viewers get. */
import { amf } from "./amf.ts";

export interface Tag {
	/** 8 audio, 9 video, 18 script. */
	readonly type: number;
	readonly timestamp: number;
	readonly payload: Buffer;
}

const frameMilliseconds = 40;
const framesPerGop = 10;

export const metadata = (width = 640, height = 360): Tag => ({
	type: 18,
	timestamp: 0,
	payload: amf("@setDataFrame", "onMetaData", { width, height, framerate: 25 })
});

export const videoHeader = (): Tag => ({
	type: 9,
	timestamp: 0,
	payload: Buffer.from([0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1e, 0xff, 0xe1, 0, 0, 1, 0, 0])
});

export const audioHeader = (): Tag => ({
	type: 8,
	timestamp: 0,
	payload: Buffer.from([0xaf, 0, 0x12, 0x10])
});

export function videoFrame(mark: string, number: number, bytes = 200): Tag {
	const isKey = number % framesPerGop === 0;
	const picture = Buffer.alloc(Math.max(bytes, mark.length), mark);
	const payload = Buffer.concat([Buffer.from([isKey ? 0x17 : 0x27, 1, 0, 0, 0]), picture]);
	return { type: 9, timestamp: number * frameMilliseconds, payload };
}

export function* tagsOf(
	mark: string,
	options: { frames?: number; from?: number } = {}
): Generator<Tag> {
	const { frames = framesPerGop, from = 0 } = options;
	if (from === 0) yield* [metadata(), videoHeader(), audioHeader()];
	for (let number = from; number < from + frames; number += 1) {
		yield videoFrame(mark, number);
		const sound = Buffer.concat([Buffer.from([0xaf, 1]), Buffer.from(mark)]);
		yield { type: 8, timestamp: number * frameMilliseconds, payload: sound };
	}
}

const headBytes = 13;
const tagHeadBytes = 11;

/** The whole tags in the bytes of an FLV; throws when they are not one. */
export function readFlv(bytes: Buffer): Tag[] {
	if (bytes.length < headBytes) return [];
	if (bytes.toString("latin1", 0, 3) !== "FLV") throw new Error("This is not an FLV.");
	const tags: Tag[] = [];
	let at = headBytes;
	while (at + tagHeadBytes <= bytes.length) {
		const type = bytes[at] ?? 0;
		const size = bytes.readUIntBE(at + 1, 3);
		const timestamp = bytes.readUIntBE(at + 4, 3);
		const end = at + tagHeadBytes + size;
		if (end + 4 > bytes.length) break;
		if (![8, 9, 18].includes(type) || bytes.readUInt32BE(end) !== size + tagHeadBytes) {
			throw new Error(`The tag at ${at} is not one.`);
		}
		tags.push({ type, timestamp, payload: bytes.subarray(at + tagHeadBytes, end) });
		at = end + 4;
	}
	return tags;
}
