/**
 * Programs that the platform can use and that npm cannot bring. The platform runs without any of
 * them; the cluster, the demo stream, and the suites that prove these need them.
 * `npm run setup:servers` installs all, and `CI=true` demands all: it lets no test be skipped.
 */
import { findProgram } from "./find.ts";

export interface Program {
	/** Word by which tests and people name it. */
	readonly name: string;
	/** Other names under which distributions ship the same program. */
	readonly commands: readonly string[];
	/** Package on Debian and Ubuntu. */
	readonly aptPackage: string;
	/** What the platform does with it. */
	readonly purpose: string;
	/** Arguments that make it print its version and end. */
	readonly versionArguments: readonly string[];
}

export const programs = [
	{
		name: "nats-server",
		commands: ["nats-server"],
		aptPackage: "nats-server",
		purpose: "bus between nodes",
		versionArguments: ["--version"]
	},
	{
		name: "redis-server",
		commands: ["redis-server", "valkey-server"],
		aptPackage: "redis-server",
		purpose: "fast state shared by nodes",
		versionArguments: ["--version"]
	},
	{
		name: "mariadbd",
		commands: ["mariadbd"],
		aptPackage: "mariadb-server",
		purpose: "SQL of the cluster, primary and replica",
		versionArguments: ["--no-defaults", "--version"]
	},
	{
		name: "ffmpeg",
		commands: ["ffmpeg"],
		aptPackage: "ffmpeg",
		purpose: "the demo stream, and tests that push video",
		versionArguments: ["-version"]
	},
	{
		name: "chromium",
		commands: ["chromium", "chromium-browser", "google-chrome"],
		aptPackage: "chromium",
		purpose: "tests in a real browser",
		versionArguments: ["--version"]
	}
] as const satisfies readonly Program[];

export type ProgramName = (typeof programs)[number]["name"];

/** What is not installed. */
export const missingPrograms = (): readonly Program[] =>
	programs.filter((program) => !findProgram(...program.commands));

/** Where a program lies; undefined when it is not installed. */
export function pathOf(name: ProgramName): string | undefined {
	const program = programs.find((one) => one.name === name);
	return program && findProgram(...program.commands);
}
