/** Who may know whom (docs/ARCHITECTURE.md). Tests may know everything. */
import { posix } from "node:path";
import { isTest, type Rule, type SourceFile, withoutComments } from "./source.ts";

const relativeImport = /(?:from|import|import\()\s*"(\.{1,2}\/[^"]+)"/g;

/** What a folder may import besides itself. */
const allowed: Readonly<Record<string, readonly RegExp[]>> = {
	lib: [/^config\/limits\.ts$/],
	config: [/^lib\//, /^middlewares\//, /^mixins\//],
	mixins: [/^lib\//, /^config\//, /^services\/[^/]+\/[^/]+\.(tx|contract)\.ts$/],
	middlewares: [
		/^lib\//,
		/^config\//,
		/^mixins\//,
		/^services\/[^/]+\/[^/]+\.(tx|contract)\.ts$/,
		/^services\/contracts\.ts$/
	],
	services: [
		/^lib\//,
		/^config\//,
		/^mixins\//,
		/^middlewares\//,
		/^services\/[^/]+\/[^/]+\.(tx|contract)\.ts$/,
		/^services\/contracts\.ts$/
	]
};

/** The imports between our own files that the layout does not allow. */
export const forbiddenImports: Rule = (files) => {
	const found: string[] = [];
	for (const file of files) {
		if (isTest(file)) continue;
		for (const target of importsOf(file)) {
			if (!mayImport(file.path, target)) found.push(`${file.path} imports ${target}`);
		}
	}
	return found;
};

function importsOf(file: SourceFile): string[] {
	const folder = posix.dirname(file.path);
	const matches = withoutComments(file.text).matchAll(relativeImport);
	return [...matches].map(([, path = ""]) => posix.join(folder, path));
}

function mayImport(from: string, target: string): boolean {
	const [layer = "", service = ""] = from.split("/");
	const rules = allowed[layer];
	// scripts, bench and the files at the root put things together; of test/ only benches of the
	// whole platform use something: what sets it up, and plays the people around it.
	const maySetStage = layer === "bench" || from === "vitest.config.ts";
	if (!rules) return !target.startsWith("test/") || maySetStage;
	if (target === "package.json") return layer !== "lib";
	if (rules.some((rule) => rule.test(target))) return true;
	const own = layer === "services" ? `services/${service}/` : `${layer}/`;
	return target.startsWith(own);
}
