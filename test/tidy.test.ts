/** The rules of the house that a machine can see. What each one is for stands in test/tidy/. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { developmentSecrets, EnvSchema } from "../config/env.schema.ts";
import { allContracts } from "../services/contracts.ts";
import { unnamedActions } from "./tidy/actions.ts";
import {
	brokenLinks,
	defaultExports,
	sqlDialects,
	strayEnvironment,
	unfinished,
	vagueNames
} from "./tidy/habits.ts";
import { forbiddenImports } from "./tidy/imports.ts";
import { longFiles, longFunctions, longLines } from "./tidy/lengths.ts";
import { isTest, sources } from "./tidy/source.ts";

const code = sources("**/*.{ts,tsx,mts,mjs,lua}");
const typescript = code.filter(({ path }) => !path.endsWith(".lua"));

test("there is code to look at", () => {
	expect(code.length).toBeGreaterThan(50);
	expect(code.some(({ path }) => path.includes("node_modules"))).toBe(false);
});

test.each([
	["files stay short", longFiles, code],
	["lines fit 100 columns", longLines, code],
	["functions fit a screen", longFunctions, typescript],
	["each layer knows only the layers below it", forbiddenImports, typescript],
	["only config/env.ts reads the environment", strayEnvironment, typescript],
	["nothing but services has a default export", defaultExports, typescript],
	["no folder is called helpers or utils", vagueNames, code],
	["SQL keeps to what all databases know", sqlDialects, code],
	["nothing is left for later", unfinished, [...code, ...sources("**/*.{md,json,yml,yaml}")]],
	["links between documents lead somewhere", brokenLinks, sources("**/*.md")]
])("%s", (_, rule, files) => {
	expect(rule(files)).toEqual([]);
});

describe("contracts", () => {
	const folder = fileURLToPath(new URL("../services", import.meta.url));
	const services = readdirSync(folder, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => name)
		.sort();

	test("every service is in services/contracts.ts, under the name of its folder", () => {
		expect(allContracts.map(({ name }) => name).sort()).toEqual(services);
		for (const name of services) {
			const own = code.find(({ path }) => path === `services/${name}/${name}.contract.ts`);
			expect(own?.text, `services/${name}/${name}.contract.ts`).toContain(`contract("${name}"`);
		}
	});

	test("every action is named by a test", () => {
		const tests = typescript.filter((file) => isTest(file) && !file.path.startsWith("test/tidy"));
		expect(unnamedActions(allContracts, tests)).toEqual([]);
	});
});

test(".env.example lists every variable of config/env.schema.ts with its default", () => {
	const text = sources(".env.example")[0]?.text ?? "";
	const listed = [...text.matchAll(/^# ([A-Z][A-Z_]+)=(.*)$/gm)].map(([, ...pair]) => pair);
	const known = Object.entries(EnvSchema.properties).map(([name, schema]) => {
		// Secrets that everybody can read are not worth a line.
		const shown = name in developmentSecrets ? "" : (schema as { default?: unknown }).default;
		return [name, String(shown ?? "")];
	});
	expect(listed).toEqual(known);
});
