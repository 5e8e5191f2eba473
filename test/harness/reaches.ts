/** A look along relative imports, to know before a run what its files will ask for. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const relativeImport = /(?:from|import|import\()\s*"(\.{1,2}\/[^"]+)"/g;

/** Whether one of the files, or a module that they import by a relative path, matches. */
export function reaches(files: readonly string[], pattern: RegExp): boolean {
	const queue = [...files];
	const seen = new Set(queue);
	for (const file of queue) {
		if (!existsSync(file)) continue;
		const text = readFileSync(file, "utf8");
		if (pattern.test(text)) return true;
		for (const [, path = ""] of text.matchAll(relativeImport)) {
			const next = resolve(dirname(file), path);
			if (seen.has(next)) continue;
			seen.add(next);
			queue.push(next);
		}
	}
	return false;
}
