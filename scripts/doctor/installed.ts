/** What the machine has. */
import { spawnSync } from "node:child_process";
import { clientProgram, dumpProgram } from "../backup/mysql.ts";
import { findProgram } from "../servers/find.ts";
import { type Program, programs } from "../servers/programs.ts";
import { type Finding, findingsOf } from "./finding.ts";

const nodeMajorMin = 24;
const finding = findingsOf("installed");

export const installed = (): Finding[] => [
	nodeFinding(process.version),
	...programs.map(look),
	backupFinding()
];

/** `version` as in `process.version`. */
export function nodeFinding(version: string): Finding {
	if (Number.parseInt(version.slice(1), 10) >= nodeMajorMin) return finding("node", version);
	return finding("node", {
		state: "problem",
		detail: `${version}: Node ${nodeMajorMin} or newer is needed`,
		cure: "Start by npm, which brings its own Node; or install a newer one."
	});
}

function look(program: Program): Finding {
	const { name, purpose } = program;
	const path = findProgram(...program.commands);
	if (!path) {
		const detail = `not found (${purpose})`;
		return finding(name, { state: "note", detail, cure: "npm run setup:servers installs it." });
	}
	const { stdout } = spawnSync(path, program.versionArguments, {
		encoding: "utf8",
		timeout: 10_000
	});
	const version = /\d+\.\d+[\w.+-]*/.exec(stdout ?? "")?.[0] ?? "unknown version";
	return finding(name, `${version} at ${path}`);
}

function backupFinding(): Finding {
	const [dump, client] = [dumpProgram(), clientProgram()];
	if (dump && client) return finding("backup", `${dump}, ${client}`);
	return finding("backup", {
		state: "note",
		detail: "no mariadb-dump and mariadb, or mysqldump and mysql: only SQLite can be backed up",
		cure: "Install mariadb-client, or the client programs of MySQL."
	});
}
