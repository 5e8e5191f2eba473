import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldText, tidyText, wordFilter } from "./im-gateway.words.ts";

describe("tidyText", () => {
	it.each([
		["  hello  ", "hello"],
		["two\nlines\t here", "two lines  here"],
		["safe\u202egnp.exe", "safegnp.exe"],
		["zero\u200bwidth\u200d", "zerowidth"],
		["👨‍👩‍👧 together", "👨‍👩‍👧 together"],
		["茶が好き", "茶が好き"]
	])("makes %j tidy", (text, tidy) => {
		expect(tidyText(text, 200)).toBe(tidy);
	});

	it.each([
		["nothing", ""],
		["only blanks", " \u3000\n "],
		["only marks", "\u200b\u202e\u2066"],
		["a control character", "a\u0007b"],
		["a C1 control character", "a\u009bb"],
		["half a character", "a\ud83d"],
		["too much", "x".repeat(201)]
	])("refuses %s", (_, text) => {
		expect(tidyText(text, 200)).toBeUndefined();
	});

	it("leaves nothing that hides or turns text, whatever comes in", () => {
		const any = fc.string({ unit: "binary", maxLength: 60 });
		const marks = fc.constantFrom("\u202e", "\u2066", "\u200d", "\u200b", "a", "👨", "\u0000");
		const text = fc.oneof(
			any,
			fc.array(marks).map((all) => all.join(""))
		);
		fc.assert(
			fc.property(text, (input) => {
				const tidy = tidyText(input, 200);
				if (tidy === undefined) return;
				expect(tidy).toBe(tidy.trim());
				expect(tidy).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]/u);
				expect(tidyText(tidy, 200)).toBe(tidy);
			})
		);
	});
});

describe("wordFilter", () => {
	const says = wordFilter(["Spam", "博彩", "ass", "she", "bad luck", "💩", "", " . "]);

	it.each([
		...["spam", "SPAM!", "S P A M", "ｓｐａｍ", "s-p-á-m", "no spám, please", "sp\u00adam"],
		...["去博 彩吧", "博-彩", "a s s", "it is a.s.s!", "what bad  luck", "nice💩"]
	])("finds a word in %j", (text) => {
		expect(says(text)).toBe(true);
	});

	it.each(["hello", "class", "as soon", "I a m here", "pass, he said", "彩博", "bad", "", "…"])(
		"lets %j pass",
		(text) => {
			expect(says(text)).toBe(false);
		}
	);

	it("finds each word of a line that is on the list, and nothing else", () => {
		const word = fc.stringMatching(/^[abc]{2,4}$/);
		fc.assert(
			fc.property(fc.array(word), fc.array(word, { maxLength: 6 }), (list, line) => {
				const expected = line.some((one) => list.includes(one));
				expect(wordFilter(list)(line.join(", "))).toBe(expected);
			})
		);
	});

	it("folds what it has folded to the same", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				expect(foldText(foldText(text))).toBe(foldText(text));
			})
		);
	});
});
