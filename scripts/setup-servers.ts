/**
 * `npm run setup:servers` brings the servers that the cluster and its tests need, ffmpeg and
 * Chromium: by apt on Debian and Ubuntu as root, else it says what to install. It starts no system
 * service and leaves those that run alone: the platform starts children of its own.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { missingPrograms, type Program } from "./servers/programs.ts";

const aptGet = "/usr/bin/apt-get";
const policyFile = "/usr/sbin/policy-rc.d";

const missing = missingPrograms();
if (missing.length > 0) {
	const packages = missing.map((program) => program.aptPackage);
	if (existsSync(aptGet) && process.getuid?.() === 0) install(packages);
	const still = missingPrograms();
	if (still.length > 0) {
		console.error(advice(still));
		process.exit(1);
	}
	console.log(`Installed: ${packages.join(", ")}.`);
}

function install(packages: readonly string[]): void {
	// Packages ask this file before they start or restart a service; 101 means "not now".
	const ours = !existsSync(policyFile);
	if (ours) writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
	try {
		// An outdated list of packages may still do, so a failure here is not the end.
		apt(["update", "-q"]);
		apt(["install", "-y", "-q", "--no-install-recommends", "--no-upgrade", ...packages]);
	} finally {
		if (ours) rmSync(policyFile, { force: true });
	}
}

function apt(args: readonly string[]): void {
	const env = ["DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"];
	const { status } = spawnSync("env", [...env, aptGet, ...args], { stdio: "inherit" });
	if (status !== 0) console.error(`apt-get ${args[0]} failed (${status}).`);
}

function advice(programs: readonly Program[]): string {
	const lines = programs.map((program) => `  - ${program.name}: ${program.purpose}`);
	const packages = programs.map((program) => program.aptPackage).join(" ");
	const how = existsSync(aptGet)
		? `sudo apt-get install -y --no-install-recommends ${packages}`
		: `the package manager of this system (on Debian they are called ${packages})`;
	return `These programs are not installed:\n${lines.join("\n")}\nInstall them with ${how}`;
}
