/**
 * `npm run doctor` tells what is installed, misconfigured and reachable, and ends with 1 when
 * something is wrong. `-- --json` for machines; `-- --secrets` prints new secrets for production.
 */
import { parseArgs } from "node:util";
import { clock, dataDir, environment, files } from "./doctor/configured.ts";
import { asText, type Finding, healthy } from "./doctor/finding.ts";
import { installed } from "./doctor/installed.ts";
import { reachable } from "./doctor/reachable.ts";
import { freshSecrets } from "./doctor/secrets.ts";

const { values } = parseArgs({
	options: { json: { type: "boolean" }, secrets: { type: "boolean" } }
});

if (values.secrets) {
	for (const [name, value] of Object.entries(freshSecrets())) console.log(`${name}=${value}`);
} else {
	const findings = await examine();
	const ok = healthy(findings);
	console.log(values.json ? JSON.stringify({ ok, findings }, null, "\t") : asText(findings));
	process.exitCode = ok ? 0 : 1;
}

async function examine(): Promise<Finding[]> {
	const { env, findings } = environment();
	const configured = [...findings, clock(), files()];
	if (!env) return [...installed(), ...configured];
	return [...installed(), ...configured, dataDir(env), ...(await reachable(env))];
}
