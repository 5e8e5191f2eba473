/** Small habits, each with a reason. */
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { isTest, places, type Rule } from "./source.ts";

const environmentReaders = ["config/env.ts", "scripts/prepare.mjs"];

/** One reader checks all variables at once; a second one would know other defaults. */
export const strayEnvironment: Rule = (files) =>
	files
		.filter((file) => !isTest(file) && !environmentReaders.includes(file.path))
		.flatMap((file) => places(file, /\bprocess\.env\b|from "node:process"/, "reads process.env"));

const mayExportDefault = /(\.service\.ts|^(moleculer|vitest|web\/vite)\.config\.ts)$/;

/** A named export has one name everywhere. Services are found by their file, so they need none. */
export const defaultExports: Rule = (files) =>
	files
		.filter(({ path }) => !mayExportDefault.test(path))
		.flatMap((file) => places(file, /^export default\b/, "has a default export"));

const vague = /(^|\/)(helpers?|utils?|handlers)(\/|\.|$)/;

/** Such a folder gathers what nobody could name. */
export const vagueNames: Rule = (files) =>
	files.filter(({ path }) => vague.test(path)).map(({ path }) => `${path} has a vague name`);

const dialects =
	/\bRETURNING\b|ON DUPLICATE KEY|ON CONFLICT|INSERT (OR )?IGNORE|REPLACE INTO|\w*GTID\w*\(/;

/** SQL must mean the same to MySQL 8, MariaDB and SQLite. */
export const sqlDialects: Rule = (files) =>
	files
		.filter((file) => /^(services|mixins)\//.test(file.path) && !isTest(file))
		.flatMap((file) => places(file, dialects, "uses SQL that not every database knows"));

const leftovers = /\b(TODO|FIXME|XXX|HACK)\b/;

/** What is left to do stands nowhere in the code; only these rules may name the words. */
export const unfinished: Rule = (files) => {
	const found: string[] = [];
	for (const { path, text } of files) {
		if (path.startsWith("test/tidy/")) continue;
		for (const [index, line] of text.split("\n").entries()) {
			if (leftovers.test(line)) found.push(`${path}:${index + 1} is not finished`);
		}
	}
	return found;
};

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Relative links of the Markdown files that lead nowhere. */
export const brokenLinks: Rule = (files) => {
	const found: string[] = [];
	for (const { path, text } of files) {
		const prose = text.replaceAll(/```[\s\S]*?```/g, "");
		for (const [, target = ""] of prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
			if (/^[a-z]+:/.test(target)) continue;
			const aim = posix.join(posix.dirname(path), target);
			if (!existsSync(posix.join(root, aim))) found.push(`${path} links to ${target}`);
		}
	}
	return found;
};
