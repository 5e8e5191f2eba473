/** How a forbidden word is kept. Pure. */
import { limits } from "../../config/limits.ts";

/** Without what only changes how the character before it looks, or nothing at all. */
const visible = (text: string): string => text.replace(/[\p{Cf}\p{Script=Inherited}]+/gu, "");

/** Writings in which one character may be a word. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * One spelling of what reads alike: wide and fancy letters become plain ones, capitals small, what
 * cannot be seen is gone, and all space is one space. Undefined where too little is left: the edges
 * look for the letters and digits of a word, and a single one of them stands in every line.
 */
export function foldWord(text: string): string | undefined {
	const plain = visible(text.toWellFormed()).normalize("NFKC").toLowerCase().normalize("NFKC");
	const word = visible(plain)
		.normalize("NFKC")
		.replace(/[\s\p{Cc}]+/gu, " ")
		.trim();
	if (word.length > limits.wordCharactersMax) return undefined;
	const letters = [...word.replace(/[^\p{L}\p{N}]/gu, "")];
	return letters.length > 1 || letters.some((one) => dense.test(one)) ? word : undefined;
}
