import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { reaches } from "./reaches.ts";
import { summary } from "./tally-reporter.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "live-commerce-harness-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the last lines of a run", () => {
	const run = { exitCode: 0, strict: false, missing: [] };
	const tally = { passed: 3, failed: 0, skipped: 0, skippedNames: [], flakyNames: [] };
	const skipping = { ...tally, skipped: 2, skippedNames: ["a.test.ts > users on mariadb"] };

	test("are one line when nothing was skipped", () => {
		expect(summary(tally, { ...run, strict: true })).toEqual(["3 passed, 0 failed, 0 skipped"]);
	});

	test("name what was skipped and the command that brings the servers", () => {
		const lines = summary(skipping, { ...run, missing: ["mariadbd"] });
		expect(lines).toContain("  a.test.ts > users on mariadb");
		expect(lines).toContain("Not installed: mariadbd. This command brings them:");
		expect(lines).toContain("  npm run setup:servers");
		expect(lines.at(-1)).toBe("3 passed, 0 failed, 2 skipped");
	});

	test("name what passed only when tried again", () => {
		const lines = summary({ ...tally, flakyNames: ["b.test.ts > a video"] }, run);
		const told = ["Passed only when tried again:", "  b.test.ts > a video"];
		expect(lines).toEqual([...told, "3 passed, 0 failed, 0 skipped"]);
	});

	test("count a run that broke outside of any test as a failure", () => {
		const lines = summary(tally, { ...run, exitCode: 1 });
		expect(lines).toEqual(["3 passed, 1 failed, 0 skipped"]);
	});

	test("say that a skipped suite failed the run under CI", () => {
		const lines = summary(skipping, { ...run, strict: true });
		expect(lines).toContain("With CI=true a skipped test is a failure.");
	});
});

describe("looking along imports", () => {
	const write = (name: string, text: string): string => {
		const path = join(folder, name);
		writeFileSync(path, text);
		return path;
	};

	test("finds what a module two steps away asks for, and ends on circles", () => {
		const first = write("first.ts", 'import { a } from "./second.ts";');
		write("second.ts", 'import "./first.ts";\nimport { b } from "./third.ts";');
		write("third.ts", "wanted();");
		expect(reaches([first], /wanted\(\)/)).toBe(true);
		expect(reaches([first], /something else/)).toBe(false);
	});
});

describe("until", () => {
	test("gives up at its deadline and keeps the last error", async () => {
		const cause = new Error("still down");
		const waiting = until(() => Promise.reject(cause), 50);
		await expect(waiting).rejects.toMatchObject({ cause });
	});

	test("goes on as soon as it holds", async () => {
		let calls = 0;
		await until(() => {
			calls += 1;
			return calls === 3;
		});
		expect(calls).toBe(3);
	});
});
