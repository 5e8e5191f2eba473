/**
 * The last lines of a run: which tests passed only when tried again, which suites were skipped, the
 * one command that brings the programs they need, and, alone on the last line,
 * `N passed, N failed, N skipped`.
 *
 * With `CI=true` a skipped suite is a failure: a run that proved less must not look green.
 */
import type {
	Reporter,
	SerializedError,
	TestCase,
	TestModule,
	TestSuite,
	Vitest
} from "vitest/node";
import { missingPrograms } from "../../scripts/servers/programs.ts";

/** Nobody watches: more is demanded (nothing skipped), and what stumbles is tried again. */
export const isUnattended = process.env.CI === "true";

interface Tally {
	passed: number;
	failed: number;
	skipped: number;
	/** One name per suite that was skipped as a whole, else per test. */
	readonly skippedNames: string[];
	/** Tests that failed first and passed when tried again. */
	readonly flakyNames: string[];
}

const nothing: Tally = { passed: 0, failed: 0, skipped: 0, skippedNames: [], flakyNames: [] };

export class TallyReporter implements Reporter {
	#vitest: Vitest | undefined;
	#tally: Tally = nothing;

	onInit(vitest: Vitest): void {
		this.#vitest = vitest;
		// At the very end, below whatever the teardown has to say.
		if (!vitest.config.watch) process.once("exit", (code) => this.#print(code));
	}

	onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
		this.#tally = count(modules);
		this.#tally.failed += errors.length;
		if (this.#vitest?.config.watch) this.#print(0);
		else if (this.#strict && this.#tally.skipped > 0) process.exitCode = 1;
	}

	/** Tests that `-t` left out were not asked for. */
	get #strict(): boolean {
		return isUnattended && !this.#vitest?.config.testNamePattern;
	}

	#print(exitCode: number): void {
		const lines = summary(this.#tally, {
			exitCode,
			strict: this.#strict,
			missing: missingPrograms().map((program) => program.name)
		});
		for (const line of lines) console.log(line);
	}
}

interface Circumstances {
	readonly exitCode: number;
	readonly strict: boolean;
	/** Programs that are not installed. */
	readonly missing: readonly string[];
}

/** What there is to say about a run, the tally last. */
export function summary(tally: Readonly<Tally>, run: Circumstances): string[] {
	const { passed, skipped, skippedNames, flakyNames } = tally;
	const lines: string[] = [];
	if (flakyNames.length > 0) {
		lines.push("Passed only when tried again:", ...flakyNames.map((name) => `  ${name}`));
	}
	if (skippedNames.length > 0) {
		lines.push("Skipped:", ...skippedNames.map((name) => `  ${name}`));
		if (run.missing.length > 0) {
			lines.push(`Not installed: ${run.missing.join(", ")}. This command brings them:`);
			lines.push("  npm run setup:servers");
		}
		if (run.strict) lines.push("With CI=true a skipped test is a failure.");
	}
	// A run that broke outside of any test (a server, the configuration) must not count as clean.
	const broke = run.exitCode !== 0 && !(run.strict && skipped > 0);
	const failed = broke ? Math.max(tally.failed, 1) : tally.failed;
	lines.push(`${passed} passed, ${failed} failed, ${skipped} skipped`);
	return lines;
}

function count(modules: readonly TestModule[]): Tally {
	const tally: Tally = { ...nothing, skippedNames: [], flakyNames: [] };
	for (const module of modules) countIn(module, tally);
	return tally;
}

function countIn(suite: TestModule | TestSuite, tally: Tally): void {
	// A file that does not load and a hook that throws have no test of their own to fail.
	const broken = suite.errors().length > 0;
	if (broken) tally.failed += 1;
	const before = tally.skippedNames.length;
	let others = 0;
	for (const child of suite.children) {
		if (child.type === "suite") {
			countIn(child, tally);
			if (child.state() !== "skipped") others += 1;
			continue;
		}
		const { state } = child.result();
		if (state === "passed" || state === "failed") {
			tally[state] += 1;
			others += 1;
			if (child.diagnostic()?.flaky) tally.flakyNames.push(nameOf(child));
			continue;
		}
		tally.skipped += 1;
		tally.skippedNames.push(nameOf(child));
	}
	// Its tests did not run, and the report of the failure says why.
	if (broken) tally.skippedNames.length = before;
	if (suite.type !== "suite" || others > 0 || tally.skippedNames.length === before) return;
	// All of it was skipped: one line says so.
	tally.skippedNames.length = before;
	tally.skippedNames.push(nameOf(suite));
}

const nameOf = ({ module, fullName }: TestCase | TestSuite): string =>
	`${module.relativeModuleId} > ${fullName}`;
