/** The rules themselves: what each one finds, and what it lets pass. */
import { describe, expect, test } from "vitest";
import { contract } from "../../lib/contract.ts";
import { Empty } from "../../lib/schemas.ts";
import { unnamedActions } from "./actions.ts";
import * as habits from "./habits.ts";
import { forbiddenImports } from "./imports.ts";
import { longFiles, longFunctions, longLines } from "./lengths.ts";
import type { Rule } from "./source.ts";

const broken = (rule: Rule, path: string, text: string): boolean =>
	rule([{ path, text }]).length > 0;

describe("imports", () => {
	test.each([
		["lib/money.ts", "../config/limits.ts", true],
		["lib/money.ts", "../config/env.ts", false],
		["lib/money.ts", "../mixins/redis.ts", false],
		["lib/money.test.ts", "../test/harness/until.ts", true],
		["services/users/users.service.ts", "../../lib/money.ts", true],
		["services/users/users.service.ts", "./users.model.ts", true],
		["services/users/sms/log.ts", "../users.model.ts", true],
		["services/users/users.service.ts", "../outbox/outbox.tx.ts", true],
		["services/users/users.service.ts", "../outbox/outbox.contract.ts", true],
		["services/users/users.service.ts", "../outbox/outbox.model.ts", false],
		["services/users/users.service.ts", "../../scripts/servers/find.ts", false],
		["mixins/sql/index.ts", "../../services/outbox/outbox.tx.ts", true],
		["mixins/sql/index.ts", "../../services/outbox/outbox.model.ts", false],
		["scripts/start.ts", "../config/env.ts", true],
		["scripts/start.ts", "../test/harness/until.ts", false]
	])("%s imports %s: %s", (path, target, fine) => {
		expect(broken(forbiddenImports, path, `import { x } from "${target}";`)).toBe(!fine);
	});

	test("comments import nothing", () => {
		expect(broken(forbiddenImports, "lib/a.ts", '// import "../mixins/x.ts"')).toBe(false);
	});
});

describe("lengths", () => {
	const lines = (count: number) => "x\n".repeat(count);

	test("files and Lua scripts have a last line", () => {
		expect(broken(longFiles, "lib/a.ts", lines(300))).toBe(false);
		expect(broken(longFiles, "lib/a.ts", lines(301))).toBe(true);
		expect(broken(longFiles, "services/a/lua/b.lua", lines(81))).toBe(true);
	});

	test("a tab counts as two columns", () => {
		expect(broken(longLines, "lib/a.ts", `\t${"x".repeat(98)}`)).toBe(false);
		expect(broken(longLines, "lib/a.ts", `\t${"x".repeat(99)}`)).toBe(true);
	});

	test.each([
		"function work(): void {",
		"export async function work(a: string): Promise<void> {",
		"const work = async () => {",
		"async work(ctx) {",
		"#end(): void {",
		"export async function work(\n\ta: string\n): Promise<void> {"
	])("a long body is found: %s", (head) => {
		expect(broken(longFunctions, "lib/a.ts", `${head}\n${"\tx;\n".repeat(47)}}\n`)).toBe(false);
		expect(broken(longFunctions, "lib/a.ts", `${head}\n${"\tx;\n".repeat(60)}}\n`)).toBe(true);
	});

	test.each([
		'describe("all of it", () => {',
		"const table = {",
		"if (a &&\n\tb\n) {",
		"class Store {",
		'export default service(contract("a"), {'
	])("what is not a function may be long: %s", (head) => {
		expect(broken(longFunctions, "lib/a.ts", `${head}\n${"\tx;\n".repeat(60)}}\n`)).toBe(false);
	});
});

describe("habits", () => {
	test("the environment has one reader", () => {
		expect(broken(habits.strayEnvironment, "lib/a.ts", "process.env.PORT")).toBe(true);
		expect(broken(habits.strayEnvironment, "config/env.ts", "process.env")).toBe(false);
		expect(broken(habits.strayEnvironment, "lib/a.test.ts", "process.env.CI")).toBe(false);
	});

	test("default exports are for what is found by its file", () => {
		const text = "export default 1;";
		expect(broken(habits.defaultExports, "lib/a.ts", text)).toBe(true);
		expect(broken(habits.defaultExports, "services/a/a.service.ts", text)).toBe(false);
	});

	test("vague names", () => {
		expect(broken(habits.vagueNames, "lib/utils/a.ts", "")).toBe(true);
		expect(broken(habits.vagueNames, "services/a/helpers.ts", "")).toBe(true);
		expect(broken(habits.vagueNames, "lib/utilisation.ts", "")).toBe(false);
	});

	test.each([
		"INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE b = 1",
		"INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING",
		"INSERT IGNORE INTO a VALUES (1)",
		"INSERT INTO a VALUES (1) RETURNING id",
		"SELECT MASTER_GTID_WAIT('', 1)"
	])("SQL of one database: %s", (text) => {
		expect(broken(habits.sqlDialects, "services/a/a.model.ts", `"${text}"`)).toBe(true);
		expect(broken(habits.sqlDialects, "services/a/a.model.ts", `// not ${text}`)).toBe(false);
		expect(broken(habits.sqlDialects, "scripts/a.ts", text)).toBe(false);
	});

	test("unfinished work and broken links", () => {
		expect(broken(habits.unfinished, "lib/a.ts", "// TODO later")).toBe(true);
		expect(broken(habits.brokenLinks, "docs/a.md", "[x](../no-such-file.md)")).toBe(true);
		expect(broken(habits.brokenLinks, "docs/a.md", "[x](../package.json#top)")).toBe(false);
		expect(broken(habits.brokenLinks, "docs/a.md", "[x](https://example.com)")).toBe(false);
	});
});

describe("actions", () => {
	const users = contract("users", {
		actions: {
			get: {
				summary: "One user.",
				auth: "public",
				rest: "GET /users/:id",
				params: Empty,
				returns: Empty
			}
		}
	});
	const named = (text: string) =>
		unnamedActions([users], [{ path: "a.test.ts", text }]).length === 0;

	test.each([
		['call("users.get", {})', true],
		["call('users.getMany')", false],
		['"GET /users/:id"', true],
		["get(`/api/users/$" + "{id}`)", true],
		['request("GET", "/api/users/12")', true],
		['get("/api/users/12/followers")', false],
		['post("/api/users/12")', false]
	])("%s names it: %s", (text, expected) => {
		expect(named(text)).toBe(expected);
	});
});
