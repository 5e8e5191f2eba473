import AVPacket from "node-media-server/src/core/avpacket.js";
import { expect, test } from "vitest";
import { Signal } from "./media.signal.ts";

function packet(part: Partial<AVPacket>): AVPacket {
	return Object.assign(new AVPacket(), part);
}

const nothing = { width: undefined, height: undefined };
const key = (dts: number) => packet({ codec_type: 9, codec_id: 7, flags: 3, dts, size: 1_000 });
const inter = (dts: number) => packet({ codec_type: 9, codec_id: 7, flags: 4, dts, size: 250 });

test("rates are of the last window, and the window starts anew", () => {
	let now = 0;
	const signal = new Signal(() => now);
	for (let frame = 0; frame < 50; frame += 1) signal.add(inter(frame * 40));
	now = 2_000;
	expect(signal.measure()).toBe(50_000);
	expect(signal.info(nothing)).toMatchObject({ fps: 25, kilobitsPerSecond: 50 });
	now = 4_000;
	expect(signal.measure()).toBe(0);
	expect(signal.info(nothing)).toMatchObject({ fps: 0, kilobitsPerSecond: 0 });
});

test("the distance of key frames is the last that makes sense", () => {
	const signal = new Signal(() => 0);
	signal.add(key(0));
	expect(signal.info(nothing).gopSeconds).toBeUndefined();
	signal.add(key(2_000));
	signal.add(key(1_000));
	expect(signal.info(nothing).gopSeconds).toBe(2);
	signal.add(key(4_000_000_000));
	expect(signal.info(nothing).gopSeconds).toBe(2);
});

test("codecs are named, and the picture that the encoder claims is shown if it can be", () => {
	const signal = new Signal(() => 0);
	signal.add(key(0));
	signal.add(packet({ codec_type: 8, codec_id: 10, flags: 1, size: 10 }));
	const known = { video: "h264", audio: "aac" };
	const picture = { width: 640, height: 360 };
	expect(signal.info(picture)).toEqual({ ...known, ...picture });
	for (const width of [-1, 0, 1.5, 1e9, "640", {}, Number.NaN]) {
		expect(signal.info({ width, height: null })).toEqual(known);
	}
	signal.add(packet({ codec_type: 9, codec_id: 2, flags: 4, size: 10 }));
	expect(signal.info(nothing).video).toBe("other");
});
