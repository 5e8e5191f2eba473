import fc from "fast-check";
import { expect, it } from "vitest";
import { Batch, textFrame } from "./im-gateway.frames.ts";

/** The texts of unmasked frames, by the letter of RFC 6455. */
function read(bytes: Buffer): string[] {
	const texts: string[] = [];
	for (let at = 0; at < bytes.length; ) {
		expect(bytes[at]).toBe(0x81);
		const short = bytes[at + 1] as number;
		const head = short < 126 ? 2 : short === 126 ? 4 : 10;
		const length =
			short < 126
				? short
				: short === 126
					? bytes.readUInt16BE(at + 2)
					: Number(bytes.readBigUInt64BE(at + 2));
		texts.push(bytes.toString("utf8", at + head, at + head + length));
		at += head + length;
	}
	return texts;
}

it("frames texts of any length as clients read them", () => {
	for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
		expect(textFrame("x".repeat(length)).length).toBe(
			length + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
		);
	}
	fc.assert(
		fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 300 })), (texts) => {
			expect(read(Buffer.concat(texts.map(textFrame)))).toEqual(texts);
		})
	);
});

it("puts each message into a packet of its own, and can leave out what may be missed", () => {
	const batch = new Batch([
		{ reliable: false, json: '{"n":1}' },
		{ reliable: true, json: '{"n":2}' },
		{ reliable: false, offset: 7, json: '{"n":3}' }
	]);
	expect(batch.whole.packets).toEqual([1, 2, 3].map((n) => `2["message",{"n":${n}}]`));
	expect(read(batch.whole.frames)).toEqual(batch.whole.packets.map((packet) => `4${packet}`));
	expect(batch.needed.packets).toEqual(['2["message",{"n":2}]', '2["message",{"n":3}]']);
});
