/** The text of the project, as the rules look at it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
	/** From the root of the project, with `/`. */
	readonly path: string;
	readonly text: string;
}

/** A rule answers one line per place that breaks it. */
export type Rule = (files: readonly SourceFile[]) => string[];

const root = fileURLToPath(new URL("../..", import.meta.url));
const skipped = ["node_modules", ".git", ".data", "dist", "coverage", "test-results"];

/** Files of the project whose names match, in order. */
export function sources(...patterns: readonly string[]): SourceFile[] {
	const exclude = (path: string) => skipped.includes(path.split("/").at(-1) ?? "");
	const paths = globSync([...patterns], { cwd: root, exclude });
	return paths
		.map((path) => path.replaceAll("\\", "/"))
		.sort()
		.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export const isTest = ({ path }: SourceFile): boolean =>
	path.startsWith("test/") || /\.(test|test-d)\.ts$/.test(path);

/** Comments become spaces of the same height, so that line numbers stay true. */
export const withoutComments = (text: string): string =>
	text
		.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "))
		.replaceAll(/^(\s*)\/\/.*$/gm, "$1");

/** `path:line what` for every match of a pattern, comments apart. */
export function places(file: SourceFile, pattern: RegExp, what: string): string[] {
	const found: string[] = [];
	for (const [index, line] of withoutComments(file.text).split("\n").entries()) {
		if (pattern.test(line)) found.push(`${file.path}:${index + 1} ${what}`);
	}
	return found;
}
