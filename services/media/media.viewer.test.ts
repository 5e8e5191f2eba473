import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { videoFrame, videoHeader } from "../../test/harness/rtmp/flv.ts";
import { mediaBounds } from "./media.bounds.ts";
import { Viewer } from "./media.viewer.ts";

const bounds = { ...mediaBounds, unsentBytesMax: 1_000, stallMilliseconds: 100 };

/** An FLV tag as the broadcaster sends it. */
const tag = (payload: Buffer): Buffer =>
	Buffer.concat([Buffer.from([9]), Buffer.alloc(10), payload, Buffer.alloc(4)]);
const frame = (number: number, bytes: number) => tag(videoFrame("x", number, bytes).payload);

function open() {
	const network = { unsent: 0, isOpen: true, got: [] as Buffer[], time: 0 };
	const viewer = new Viewer({
		bounds,
		now: () => network.time,
		onSent: () => {},
		sink: {
			write(bytes) {
				network.unsent += bytes.length;
				network.got.push(bytes);
			},
			unsentBytes: () => network.unsent,
			end: () => {
				network.isOpen = false;
			},
			destroy: () => {
				network.isOpen = false;
			}
		}
	});
	return { viewer, network };
}

describe("a viewer", () => {
	it("may be behind by all that it gets on joining", () => {
		const { viewer, network } = open();
		viewer.sendBuffer(frame(0, 50_000));
		viewer.joined();
		viewer.sendBuffer(frame(1, 10));
		expect(network).toMatchObject({ isOpen: true });
		expect(network.got.length).toBe(2);
	});

	it("that is behind gets headers alone, until a key frame finds it near enough", () => {
		const { viewer, network } = open();
		viewer.joined();
		viewer.sendBuffer(frame(0, 600));
		viewer.sendBuffer(frame(1, 10));
		viewer.sendBuffer(tag(videoHeader().payload));
		expect(network.got.length).toBe(2);
		network.unsent = 0;
		viewer.sendBuffer(frame(2, 10));
		expect(network.got.length, "what follows a gap cannot be decoded").toBe(2);
		viewer.sendBuffer(frame(10, 10));
		viewer.sendBuffer(frame(11, 10));
		expect(network.got.length).toBe(4);
	});

	it("that takes nothing for too long is closed, and one that does not is not", () => {
		const { viewer, network } = open();
		viewer.joined();
		for (network.time = 0; network.time < 1_000; network.time += 50) {
			viewer.sendBuffer(frame(0, 10));
			network.unsent = 0;
			viewer.tick();
		}
		expect(network.isOpen).toBe(true);
		viewer.sendBuffer(frame(0, 10));
		network.time += 101;
		viewer.tick();
		expect(network.isOpen).toBe(false);
	});

	it("never has more unsent than its bound and one frame, and gets nothing once closed", () => {
		const step = fc.record({
			number: fc.nat(30),
			bytes: fc.integer({ min: 1, max: 3_000 }),
			drained: fc.nat(4_000)
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
				const { viewer, network } = open();
				viewer.joined();
				for (const { number, bytes, drained } of steps) {
					viewer.sendBuffer(frame(number, bytes));
					expect(network.unsent).toBeLessThanOrEqual(bounds.unsentBytesMax + 3_000 + 20);
					network.unsent = Math.max(0, network.unsent - drained);
				}
				viewer.end();
				const count = network.got.length;
				viewer.sendBuffer(frame(0, 10));
				expect(network.got.length).toBe(count);
			})
		);
	});
});
