/** What the environment, the data folder and the limits of the system say. */
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { developmentSecrets } from "../../config/env.schema.ts";
import { type Env, InvalidEnvironment, loadEnv } from "../../config/env.ts";
import { filesMax } from "../../config/observability/process-metrics.ts";
import { type Finding, findingsOf, messageOf } from "./finding.ts";

const freeBytesMin = 1024 ** 3;
const filesWanted = 65_536;
const finding = findingsOf("configured");

/** The environment if it is valid, and what there is to say about it. */
export function environment(): { env: Env | undefined; findings: Finding[] } {
	try {
		const env = loadEnv();
		return { env, findings: [mode(env), secrets(env)] };
	} catch (error) {
		const problems = error instanceof InvalidEnvironment ? error.problems : [messageOf(error)];
		const cure = "Set it in the environment or in .env; .env.example names every variable.";
		const findings = problems.map((detail) =>
			finding("environment", { state: "problem", detail, cure })
		);
		return { env: undefined, findings };
	}
}

function mode(env: Env): Finding {
	const stores = env.natsUrl ? "a node of a cluster" : "embedded, one process";
	return finding("environment", `${env.nodeEnv}, ${stores}`);
}

/** Default secrets in production do not get this far: `loadEnv` refuses them. */
export function secrets({ secrets }: Pick<Env, "secrets">): Finding {
	const values = [secrets.master, secrets.phoneIndexKey, secrets.phoneKeys];
	const known: readonly string[] = Object.values(developmentSecrets);
	const open = values.filter((value) => known.includes(value)).length;
	if (open === 0) return finding("secrets", "none is a default");
	return finding("secrets", {
		state: "note",
		detail: `${open} of ${values.length} are public defaults`,
		cure: "npm run -s doctor -- --secrets makes new ones; production does not start without."
	});
}

/** Whether a file can be written where the data is, or will be. */
export function dataDir({ dataDir }: Pick<Env, "dataDir">): Finding {
	let folder = dataDir;
	while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
	try {
		const file = join(folder, `.doctor-${process.pid}`);
		writeFileSync(file, "");
		rmSync(file);
		const { bavail, bsize } = statfsSync(folder);
		const free = bavail * bsize;
		const size = `${(free / 1024 ** 3).toFixed(1)} GB free`;
		if (free >= freeBytesMin) {
			const state = folder === dataDir ? "writable" : "will be made at the first start";
			return finding("DATA_DIR", `${dataDir}: ${state}, ${size}`);
		}
		const cure = "Make room, or let DATA_DIR name a folder on another disk.";
		return finding("DATA_DIR", { state: "problem", detail: `${dataDir}: only ${size}`, cure });
	} catch (error) {
		const detail = `${dataDir}: ${messageOf(error)}`;
		const cure = "Give this user the right to write there, or let DATA_DIR name another folder.";
		return finding("DATA_DIR", { state: "problem", detail, cure });
	}
}

/** A clock before the newest of our own files is wrong; tokens and due times hang on it. */
export function clock(now = Date.now()): Finding {
	const here = fileURLToPath(new URL("../../package.json", import.meta.url));
	const late = statSync(here).mtimeMs - now;
	const text = new Date(now).toISOString();
	if (late <= 60_000) return finding("clock", text);
	return finding("clock", {
		state: "problem",
		detail: `${text} is before these files were made`,
		cure: "Set the clock, and keep it right: timedatectl set-ntp true."
	});
}

/** `max` open files and sockets; 0 where the system does not say. */
export function files(max = filesMax()): Finding {
	if (max === 0) return finding("open files", "this system does not say how many there may be");
	if (max >= filesWanted) return finding("open files", `${max} at most`);
	return finding("open files", {
		state: "note",
		detail: `${max} at most, and each person on a socket is one`,
		cure: `ulimit -n ${filesWanted}, or LimitNOFILE=${filesWanted} in a unit of systemd.`
	});
}
