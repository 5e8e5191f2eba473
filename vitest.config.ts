import { defineConfig } from "vitest/config";
import { isUnattended, TallyReporter } from "./test/harness/tally-reporter.ts";

/**
 * Databases, browsers, encoders and killed processes share a machine that may stall. Where nobody
 * watches, a test is tried once more, and the tally names it: it is a fault to be looked at.
 */
const retry = isUnattended ? 1 : 0;

/**
 * `near` tests lie beside the file they prove; `far` tests prove parts together; `chaos` breaks
 * things on purpose and runs alone (`npm run test:chaos`).
 */
export default defineConfig({
	test: {
		pool: "forks",
		// Real servers run beside the tests: more workers than this only make them wait.
		maxWorkers: 2,
		globalSetup: "test/harness/global-setup.ts",
		reporters: ["default", new TallyReporter()],
		hookTimeout: 30_000,
		teardownTimeout: 20_000,
		retry,
		projects: [
			{
				extends: true,
				test: {
					name: "near",
					include: ["{lib,config,mixins,middlewares,services,scripts,web}/**/*.test.ts"],
					testTimeout: 30_000
				}
			},
			{
				extends: true,
				test: {
					name: "far",
					include: ["test/**/*.test.ts"],
					exclude: ["test/chaos/**"],
					testTimeout: 60_000,
					hookTimeout: 120_000
				}
			},
			{
				extends: true,
				test: {
					name: "chaos",
					include: ["test/chaos/**/*.test.ts"],
					fileParallelism: false,
					testTimeout: 900_000,
					hookTimeout: 120_000
				}
			}
		]
	}
});
