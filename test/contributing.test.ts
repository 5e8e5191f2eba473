/** Follows CONTRIBUTING.md word by word on a copy of the repository. */
import { execFileSync } from "node:child_process";
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const guide = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
const files = [...guide.matchAll(/```ts (\S+)\n([\s\S]*?)```/g)].map(
	([, path = "", text = ""]) => ({
		path,
		text
	})
);

describe("CONTRIBUTING.md", () => {
	const copy = mkdtempSync(join(tmpdir(), "live-commerce-contributing-"));

	const change = (path: string, find: string, replace: string) => {
		const text = readFileSync(join(copy, path), "utf8");
		expect(text, path).toContain(find);
		writeFileSync(join(copy, path), text.replace(find, replace));
	};
	const run = (command: string, ...args: string[]) =>
		execFileSync(join(root, "node_modules/.bin", command), args, {
			cwd: copy,
			encoding: "utf8",
			env: { ...process.env, CI: "", NODE_ENV: "" }
		});

	beforeAll(() => {
		const left = /(^|\/)(node_modules|\.git|\.data|dist)(\/|$)/;
		cpSync(root, copy, { recursive: true, filter: (path) => !left.test(path.slice(root.length)) });
		symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
		execFileSync("git", ["init", "-q"], { cwd: copy });
		for (const { path, text } of files) {
			mkdirSync(dirname(join(copy, path)), { recursive: true });
			writeFileSync(join(copy, path), text);
		}
		const contract = 'import { notes } from "./notes/notes.contract.ts";\n';
		change("services/contracts.ts", "import { outbox }", `${contract}import { outbox }`);
		change("services/contracts.ts", "\toutbox,", "\tnotes,\n\toutbox,");
		change("config/processes.ts", '"admin",', '"admin", "notes",');
		run("node", "scripts/openapi.ts");
	});

	afterAll(() => rmSync(copy, { recursive: true, force: true }));

	it("has every file of the six steps", () => {
		expect(files.map(({ path }) => path.replace("services/notes/", ""))).toEqual([
			"notes.contract.ts",
			"migrations/0001-notes.ts",
			"notes.model.ts",
			"notes.errors.ts",
			"notes.service.ts",
			"notes.service.test.ts"
		]);
	});

	it("gives code that npm run check takes", { timeout: 300_000 }, () => {
		run("tsc", "-p", ".");
		run("biome", "check", "services/notes");
		run("vitest", "run", "--project", "far", "test/tidy.test.ts");
	});

	it("gives a tested action", { timeout: 300_000 }, () => {
		expect(run("vitest", "run", "services/notes")).toMatch(/\n[1-9]\d* passed, 0 failed/);
	});

	it("gives a documented action", () => {
		const openapi = readFileSync(join(copy, "docs/openapi.json"), "utf8");
		expect(openapi).toContain('"operationId": "notes.write"');
	});
});
