import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import {
	emptyEpoch,
	encode,
	historyOf,
	type Message,
	withOffset,
	withSequence
} from "./im-router.rules.ts";

const message: Message = {
	...{ id: "m1", class: "reliable", kind: "private", roomId: "1" },
	...{ at: new Date(0), body: { text: "hi" } }
};

describe("encoding", () => {
	it("puts places in front of any message", () => {
		const sender = fc.record({ id: fc.constant("5"), nickname: fc.string(), level: fc.nat() });
		const bodies = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });
		fc.assert(
			fc.property(fc.option(sender, { nil: undefined }), bodies, (from, body) => {
				const text = encode({ ...message, from, body }) ?? "";
				const plain = JSON.parse(text);
				const at = new Date(0).toISOString();
				const whole = { ...message, ...(from ? { from } : {}), at, body };
				expect(plain).toEqual(JSON.parse(JSON.stringify(whole)));
				const place = { offset: 3, epoch: "e-1" };
				expect(JSON.parse(withOffset(text, place))).toEqual({ ...plain, ...place });
				expect(JSON.parse(withSequence(text, 9))).toEqual({ ...plain, sequence: 9 });
			})
		);
	});

	it("refuses a body by its bytes, not its characters", () => {
		const body = (count: number) => ({ text: "語".repeat(count) });
		expect(encode({ ...message, body: body(2_000) })).toBeDefined();
		expect(encode({ ...message, body: body(limits.messageBodyBytesMax / 2) })).toBeUndefined();
	});
});

describe("history", () => {
	const line = (id: string, size = 0) => JSON.stringify({ id, body: { text: "x".repeat(size) } });
	const page = { epoch: "e", offset: 10, complete: true };

	it("numbers lines up to the end of the log", () => {
		const lines = [line("a"), line("b")];
		const { items } = historyOf({ ...page, lines }, { epoch: "e", offset: 8 });
		expect(items).toMatchObject([
			{ id: "a", offset: 9, epoch: "e" },
			{ id: "b", offset: 10, epoch: "e" }
		]);
	});

	it("is never partial: what is too large for one page is told", () => {
		const lines = ["a", "b", "c"].map((id) => line(id, limits.historyBytesMax / 2 - 100));
		const cut = historyOf({ ...page, lines }, { epoch: "e", offset: 7 });
		expect(cut).toMatchObject({ recovered: false, items: [{ offset: 9 }, { offset: 10 }] });
		expect(historyOf({ ...page, lines }, undefined).recovered).toBe(true);
		expect(historyOf({ ...page, complete: false, lines: [] }, { epoch: "x", offset: 1 })).toEqual({
			...{ epoch: "e", offset: 10, items: [], recovered: false }
		});
	});

	it("of a room without a log is empty, and nothing that somebody had is recovered", () => {
		const nothing = { epoch: emptyEpoch, offset: 0, items: [] };
		expect(historyOf(undefined, undefined)).toEqual({ ...nothing, recovered: true });
		expect(historyOf(undefined, nothing)).toEqual({ ...nothing, recovered: true });
		const had = { epoch: "e", offset: 0 };
		expect(historyOf(undefined, had)).toEqual({ ...nothing, recovered: false });
	});
});
