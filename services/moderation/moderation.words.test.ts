import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { foldWord } from "./moderation.words.ts";

describe("a forbidden word", () => {
	it.each([
		["SPAM", "spam"],
		["ｓｐａｍ", "spam"],
		["𝓼𝓹𝓪𝓶", "spam"],
		["s\u200bp\u00ada\u2060m", "spam"],
		["s\u0336p\u0336a\u0336m\u0336", "spam"],
		["  Free \t\n money ", "free money"],
		["加微信", "加微信"],
		["屎", "屎"],
		["50", "50"]
	])("%j is kept as %j", (text, word) => {
		expect(foldWord(text)).toBe(word);
	});

	it.each(["", " ", "\u200b", "\u0301", "\ud800", "a", "C++", "$$$", "!", "ﷺ".repeat(20)])(
		"is not %j",
		(text) => {
			expect(foldWord(text)).toBeUndefined();
		}
	);

	it("is kept the same when it comes again, within its bound", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
				const word = foldWord(text);
				if (word === undefined) return;
				expect(foldWord(word)).toBe(word);
				expect(foldWord(` ${word}\u200b `)).toBe(word);
				expect(word.length).toBeLessThanOrEqual(limits.wordCharactersMax);
			})
		);
	});
});
