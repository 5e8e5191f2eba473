/** What may be said: made tidy, or refused. Pure. */

/** Invisible marks that turn the direction of text, hide letters, or join them. */
const invisible =
	/[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** An emoji of several is held together by it; alone between letters it only hides them. */
const emojiJoiner =
	/(\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;
const placeholder = "\ue000";

/** The text as all will see it; undefined when nothing may be shown of it. */
export function tidyText(text: string, charactersMax: number): string | undefined {
	if (!text.isWellFormed() || text.includes(placeholder)) return undefined;
	const tidy = text
		.replace(/[\t\r\n\u2028\u2029]+/g, " ")
		.replace(emojiJoiner, `$1${placeholder}`)
		.replace(invisible, "")
		.replaceAll(placeholder, "\u200d")
		.trim();
	if (tidy === "" || /\p{Cc}/u.test(tidy) || tidy.length > charactersMax) return undefined;
	return tidy;
}

/** One spelling of all that look alike: no case, no width, no accents, one blank between words. */
export const foldText = (text: string): string =>
	text
		.normalize("NFKC")
		.toLowerCase()
		.normalize("NFD")
		.replace(/[\p{M}\p{Cf}]/gu, "")
		.normalize("NFC")
		.replace(/[^\p{L}\p{N}\p{S}]+/gu, " ")
		.trim();

/** Scripts that put no blank between words: there words begin and end anywhere. */
const unspaced =
	"[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}]";
const unspacedLetter = new RegExp(unspaced, "u");

/** A blank that only tears a word apart. */
const torn = new RegExp(`(?<=${unspaced}) (?=${unspaced})`, "gu");

/** Three or more letters that stand alone: `s p a m`. */
const spelled = /(?<![^ ])[\p{L}\p{N}](?: [\p{L}\p{N}](?![^ ])){2,}/gu;

/**
 * Folded text with words put together again that were spelt out to get past a filter. Words that
 * stand side by side stay apart: "as soon" says nothing bad.
 */
const joinSpelled = (folded: string): string =>
	folded.replace(torn, "").replace(spelled, (letters) => letters.replaceAll(" ", ""));

const isLetter = (character: string | undefined): boolean =>
	character !== undefined && /[\p{L}\p{N}]/u.test(character) && !unspacedLetter.test(character);

/**
 * A test for lines: whether one of the words stands in it, however it is written. The words lie by
 * their first character, so that a line costs its own length and not the number of words.
 */
export function wordFilter(words: readonly string[]): (text: string) => boolean {
	const folded = words.map(foldText).filter((word) => word !== "");
	const byFirst = Map.groupBy(new Set(folded), (word) => [...word][0] as string);
	const stands = (line: string): boolean => {
		let before: string | undefined;
		let index = 0;
		for (const character of line) {
			const start = index;
			const starting = byFirst.get(character);
			// Most characters begin no word, so that the dearer question is seldom asked.
			const isEdge = () => !(isLetter(before) && isLetter(character));
			const isThere = (word: string) => line.startsWith(word, start) && endsAt(line, start, word);
			if (starting && isEdge() && starting.some(isThere)) return true;
			before = character;
			index += character.length;
		}
		return false;
	};
	return (text) => {
		const line = foldText(text);
		return stands(line) || stands(joinSpelled(line));
	};
}

/** Whether the word ends there, and does not go on into another one. */
function endsAt(line: string, start: number, word: string): boolean {
	const end = start + word.length;
	const [after] = line.slice(end, end + 2);
	return !(isLetter([...word].at(-1)) && isLetter(after));
}
