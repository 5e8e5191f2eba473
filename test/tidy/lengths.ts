/** How long things may be. */
import type { Rule, SourceFile } from "./source.ts";

const fileLinesMax = 300;
const luaLinesMax = 80;
const functionLinesMax = 50;
const columnsMax = 100;
// As Biome counts them.
const tabColumns = 2;

export const longFiles: Rule = (files) => {
	const found: string[] = [];
	for (const { path, text } of files) {
		const lines = text.trimEnd().split("\n").length;
		const most = path.endsWith(".lua") ? luaLinesMax : fileLinesMax;
		if (lines > most) found.push(`${path} has ${lines} lines, more than ${most}`);
	}
	return found;
};

export const longLines: Rule = (files) => {
	const found: string[] = [];
	for (const { path, text } of files) {
		for (const [index, line] of text.split("\n").entries()) {
			const columns = line.replaceAll("\t", " ".repeat(tabColumns)).length;
			if (columns > columnsMax) found.push(`${path}:${index + 1} has ${columns} columns`);
		}
	}
	return found;
};

export const longFunctions: Rule = (files) => files.flatMap(longFunctionsOf);

/**
 * Reads the formatter's layout instead of the grammar: a function starts on a line that ends with
 * `{` and ends on the next line of the same depth.
 */
function longFunctionsOf({ path, text }: SourceFile): string[] {
	const found: string[] = [];
	const lines = text.split("\n");
	for (const [start, line] of lines.entries()) {
		if (!startsFunction(lines, start)) continue;
		const depth = depthOf(line);
		let end = start + 1;
		while (end < lines.length && (lines[end] === "" || depthOf(lines[end] ?? "") > depth)) end += 1;
		const length = end - start + 1;
		if (length > functionLinesMax) found.push(`${path}:${start + 1} is ${length} lines long`);
	}
	return found;
}

const depthOf = (line: string): number => line.length - line.trimStart().length;

const blocks =
	/^\s*(\} )?(if|else|for|while|switch|catch|try|do|describe|return \{|class|namespace)\b/;
const arrow = /=> \{$/;
const named =
	/^\s*(export |default |async |static |get |set |override )*(function\b|[\w#]+[(<]).*\{$/;
/** The last line of parameters that stand on lines of their own. */
const lastLine = /^\s*\)(: .+)? \{$/;

function startsFunction(lines: readonly string[], index: number): boolean {
	const line = lines[index] ?? "";
	if (blocks.test(line)) return false;
	if (arrow.test(line) || /\bfunction\b.*\{$/.test(line)) return true;
	if (lastLine.test(line)) {
		let first = index - 1;
		while (first >= 0 && depthOf(lines[first] ?? "") > depthOf(line)) first -= 1;
		return !blocks.test(lines[first] ?? "");
	}
	// `name({` opens an argument; a method ends its parameters on the line.
	return named.test(line) && /\)(: .+)? \{$/.test(line);
}
