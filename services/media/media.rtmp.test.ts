import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { chunksOf, command, setChunkSize } from "../../test/harness/rtmp/client.ts";
import { BoundedRtmp, RtmpRefusal } from "./media.rtmp.ts";

/** A parser behind its handshake. */
function open() {
	const seen = { keys: [] as string[], packets: [] as number[], answered: 0, ends: 0 };
	const rtmp = new BoundedRtmp({
		onPublishRequest: (key) => seen.keys.push(key),
		onUnpublish: () => {
			seen.ends += 1;
		}
	});
	rtmp.onPacketCallback = ({ size }) => seen.packets.push(size);
	rtmp.onOutputCallback = (bytes) => {
		seen.answered += bytes.length;
	};
	rtmp.parserData(Buffer.alloc(1 + 2 * 1536, 3));
	rtmp.parserData(chunksOf(setChunkSize(4_096)));
	return { rtmp, seen };
}

const connect = command("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" });
const publish = command("publish", 3, null, "7?k=1", "live");

function header(length: number, type: number, channel = 6): Buffer {
	const bytes = Buffer.alloc(12);
	bytes[0] = channel;
	bytes.writeUIntBE(length, 4, 3);
	bytes[7] = type;
	return bytes;
}

const refusal = (reason: string) => new RtmpRefusal(reason);

describe("the parser", () => {
	it("asks for the key before it answers, and passes packets on", () => {
		const { rtmp, seen } = open();
		rtmp.parserData(chunksOf(connect));
		const { answered } = seen;
		rtmp.parserData(chunksOf(publish));
		expect(seen).toMatchObject({ keys: ["7?k=1"], answered });
		rtmp.parserData(chunksOf({ type: 9, payload: Buffer.alloc(10_000, 0x17) }));
		rtmp.parserData(chunksOf(command("deleteStream", 4, null, 1)));
		expect(seen).toMatchObject({ packets: [10_000], ends: 1 });
	});

	it.each([
		["a frame", limits.mediaFrameBytesMax, 9],
		["a command", limits.mediaCommandBytesMax, 20],
		["metadata", limits.mediaMetadataBytesMax, 18],
		["anything else", limits.mediaCommandBytesMax, 22]
	])("takes no buffer for %s beyond its bound", (_, most, type) => {
		const { rtmp } = open();
		rtmp.parserData(header(most, type));
		expect(open().rtmp.parserData(header(most, type))).toBeNull();
		const longer = open().rtmp;
		const feed = () => longer.parserData(Buffer.concat([header(most + 1, type), Buffer.alloc(1)]));
		expect(feed).toThrow(refusal("a message is too long"));
		expect(longer.parserPacket.capacity).toBe(0);
	});

	it("keeps few chunk streams", () => {
		const { rtmp } = open();
		const start = (channel: number) =>
			rtmp.parserData(Buffer.concat([header(5_000, 9, channel), Buffer.alloc(4_096)]));
		// The chunk size came on a stream of its own.
		for (let count = 1; count < limits.mediaChunkStreamsMax; count += 1) start(2 + count);
		expect(() => start(60)).toThrow(refusal("too many chunk streams"));
	});

	it("never runs backwards: a message that began has the length it began with", () => {
		const { rtmp } = open();
		rtmp.parserData(Buffer.concat([header(9_000, 9), Buffer.alloc(4_096)]));
		expect(() => rtmp.parserData(header(10, 9))).toThrow(refusal("a message was cut short"));
	});

	it.each([0, 1, limits.mediaChunkBytesMin - 1])("takes no chunk size of %i", (bytes) => {
		const { rtmp } = open();
		const feed = () => rtmp.parserData(chunksOf(setChunkSize(bytes)));
		expect(feed).toThrow(refusal("bad chunk size"));
	});

	it("wants one connect to our app, then publish, and no play", () => {
		const other = command("connect", 1, { app: "other", tcUrl: "rtmp://127.0.0.1/other" });
		const nothing = command("connect", 1, null);
		for (const message of [other, nothing]) {
			const feed = () => open().rtmp.parserData(chunksOf(message));
			expect(feed).toThrow(refusal("bad connect"));
		}
		expect(() => open().rtmp.parserData(chunksOf(publish))).toThrow(refusal("bad publish"));
		const { rtmp } = open();
		rtmp.parserData(chunksOf(connect));
		expect(() => rtmp.parserData(chunksOf(connect))).toThrow(refusal("bad connect"));
		const play = command("play", 3, null, "7");
		expect(() => rtmp.parserData(chunksOf(play))).toThrow(refusal("play by RTMP"));
		const keyless = command("publish", 3, null, 7, "live");
		expect(() => rtmp.parserData(chunksOf(keyless))).toThrow(refusal("bad publish"));
	});
});
