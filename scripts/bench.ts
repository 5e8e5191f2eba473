/**
 * `npm run bench`: every bench in turn, each in a process of its own. Flags go on to each, e.g.
 * `npm run bench -- --save --rounds 7`; words choose: `npm run bench -- ids gateway`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const folder = join(import.meta.dirname, "..", "bench");
/** What the benches share. */
const noBenches = ["harness", "backends", "http"];

const { positionals } = parseArgs({
	allowPositionals: true,
	strict: false,
	options: { rounds: { type: "string" }, seconds: { type: "string" } }
});
const flags = process.argv.slice(2).filter((word) => !positionals.includes(word));
const names = readdirSync(folder)
	.filter((file) => file.endsWith(".ts"))
	.map((file) => file.slice(0, -".ts".length))
	.filter((name) => !noBenches.includes(name));
const unknown = positionals.filter((word) => !names.includes(word));
if (unknown.length > 0) {
	console.error(`There is no bench ${unknown.join(", ")}. There are: ${names.join(", ")}.`);
	process.exit(1);
}

for (const name of positionals.length > 0 ? positionals : names) {
	const child = spawn(process.execPath, [join(folder, `${name}.ts`), ...flags], {
		stdio: "inherit"
	});
	const [code] = await once(child, "exit");
	// The others still say something.
	if (code !== 0) process.exitCode = 1;
}
