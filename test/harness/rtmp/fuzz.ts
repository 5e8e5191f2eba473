/**
 * Encoders gone mad, by a seed: whole sessions with bytes changed, messages of any type with any
 * payload, headers that announce what never comes, and plain garbage; before the publish command
 * and behind it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type AmfValue, amf } from "./amf.ts";
import { chunksOf, command, RtmpClient, setChunkSize } from "./client.ts";
import { tagsOf } from "./flv.ts";

export type Random = () => number;

/** Mulberry32: the same numbers in [0, 1) for the same seed. */
export function randomOf(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

const below = (random: Random, bound: number): number => Math.floor(random() * bound);

function pick<T>(random: Random, list: readonly T[]): T {
	return list[below(random, list.length)] as T;
}

function garbage(random: Random, bytesMax: number): Buffer {
	const bytes = Buffer.alloc(1 + below(random, bytesMax));
	for (let at = 0; at < bytes.length; at += 1) bytes[at] = below(random, 256);
	return bytes;
}

const words = ["connect", "createStream", "publish", "play", "deleteStream", "call", "__proto__"];

function value(random: Random, depth = 0): AmfValue {
	const kind = below(random, depth > 3 ? 4 : 6);
	if (kind === 0) return random() * 2 ** 40 - 2 ** 39;
	if (kind === 1) return random() < 0.5;
	if (kind === 2) return garbage(random, 30).toString("latin1");
	if (kind === 3) return null;
	const fields = Array.from({ length: below(random, 4) }, () => [
		pick(random, ["app", "tcUrl", "__proto__", "constructor", "x"]),
		value(random, depth + 1)
	]);
	return Object.fromEntries(fields) as AmfValue;
}

function message(random: Random): Buffer {
	const rest = [below(random, 9), value(random), value(random), value(random)];
	const payload = pick(random, [
		() => amf(pick(random, words), ...rest),
		() => amf("@setDataFrame", "onMetaData", value(random)),
		() => amf("onMetaData", ...rest),
		() => garbage(random, 300),
		() => garbage(random, 9_000),
		() => Buffer.alloc(0)
	])();
	const type = pick(random, [1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 20, 22, below(random, 256)]);
	const timestamp = pick(random, [0, below(random, 0xffffff), 0xffffff]);
	return chunksOf({ type, payload, timestamp, channel: 2 + below(random, 62) });
}

function changed(random: Random, bytes: Buffer): Buffer {
	const copy = Buffer.from(bytes);
	for (let count = below(random, 8); count > 0; count -= 1) {
		copy[below(random, copy.length)] = below(random, 256);
	}
	const from = random() < 0.2 ? below(random, copy.length) : 0;
	const to = random() < 0.2 ? below(random, copy.length) : copy.length;
	return copy.subarray(Math.min(from, to), Math.max(from, to));
}

const session = (key: string): Buffer =>
	Buffer.concat([
		chunksOf(command("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" })),
		chunksOf(command("createStream", 2, null)),
		chunksOf(command("publish", 3, null, key, "live"))
	]);

const video = (mark: string): Buffer =>
	Buffer.concat([...tagsOf(mark)].map((tag) => chunksOf({ ...tag, channel: 6 })));

/** One mad encoder from beginning to end; `key` may be a good one, so that it gets in. */
export async function fuzzOnce(port: number, random: Random, key: string): Promise<void> {
	const client = new RtmpClient(port, { ignoresEnd: random() < 0.5 });
	try {
		if (random() < 0.1) client.raw(garbage(random, 4_000));
		else await client.handshake();
		const isHonest = random() < 0.5;
		const opening = session(key);
		client.raw(isHonest ? opening : changed(random, opening));
		for (let count = below(random, 20); count > 0 && !client.isClosed; count -= 1) {
			const kind = below(random, 4);
			if (kind === 0) client.raw(message(random));
			else if (kind === 1) client.raw(changed(random, video("EVIL")));
			else if (kind === 2) client.raw(garbage(random, 2_000));
			else client.send(setChunkSize(pick(random, [0, 1, 32, 128, 65_536, 2 ** 31])));
			await nextTurn();
		}
	} finally {
		client.destroy();
	}
}
