/** What the machine has. */
import { spawnSync } from "node:child_process";
import { findProgram } from "../servers/find.ts";
import { type Program, programs } from "../servers/programs.ts";
import type { Finding } from "./finding.ts";

const nodeMajorMin = 24;

export const installed = (): Finding[] => [nodeFinding(process.version), ...programs.map(look)];

/** `version` as in `process.version`. */
export function nodeFinding(version: string): Finding {
	const fits = Number.parseInt(version.slice(1), 10) >= nodeMajorMin;
	return {
		part: "installed",
		name: "node",
		state: fits ? "ok" : "problem",
		detail: fits ? version : `${version}: Node ${nodeMajorMin} or newer is needed`
	};
}

function look(program: Program): Finding {
	const { name, purpose } = program;
	const path = findProgram(...program.commands);
	if (!path) {
		const detail = `not found (${purpose}); comes with npm run setup:servers`;
		return { part: "installed", name, state: "note", detail };
	}
	const { stdout } = spawnSync(path, program.versionArguments, {
		encoding: "utf8",
		timeout: 10_000
	});
	const version = /\d+\.\d+[\w.+-]*/.exec(stdout ?? "")?.[0] ?? "unknown version";
	return { part: "installed", name, state: "ok", detail: `${version} at ${path}` };
}
