/**
 * Lua scripts as typed commands. Each file of a `lua/` folder is one state change: a verb in its
 * name and the number of its keys at the end (`renew-lease-1.lua` becomes `renewLease`), so that
 * the number cannot drift from the script. The head of the file is its contract.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Redis } from "ioredis";

export type Script<
	Keys extends readonly string[],
	Arguments extends readonly (string | number)[],
	Result
> = (keys: Keys, args: Arguments) => Promise<Result>;

type Loose = (...args: (string | number)[]) => Promise<unknown>;

const fileName = /^([a-z]+(?:-[a-z]+)*)-(\d+)\.lua$/;

const camelCase = (words: string): string =>
	words.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads all scripts of `folder` and makes them commands. They are sent by their hash; a server
 * that lost them (restart, SCRIPT FLUSH) gets the text once more, which ioredis does by itself.
 */
export function defineScripts<Scripts>(client: Redis, folder: URL): Scripts {
	const scripts: Record<string, Script<string[], (string | number)[], unknown>> = {};
	for (const file of readdirSync(folder).sort()) {
		const [, words = "", digits] = fileName.exec(file) ?? [];
		if (words === "") throw new Error(`${file} is not named verb-what-2.lua.`);
		const lua = readFileSync(new URL(file, folder), "utf8");
		const numberOfKeys = Number(digits);
		// All services share the client: equal names must not take each other's script.
		const command = `${words}:${createHash("sha1").update(lua).digest("hex").slice(0, 12)}`;
		client.defineCommand(command, { lua, numberOfKeys });
		scripts[camelCase(words)] = async (keys, args) => {
			if (keys.length !== numberOfKeys) {
				throw new Error(`${file} takes ${numberOfKeys} keys, not ${keys.length}.`);
			}
			return (client as unknown as Record<string, Loose>)[command]?.(...keys, ...args);
		};
	}
	return scripts as Scripts;
}
