/** What the environment and the data folder say. */
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { developmentSecrets } from "../../config/env.schema.ts";
import { type Env, InvalidEnvironment, loadEnv } from "../../config/env.ts";
import { type Finding, messageOf } from "./finding.ts";

const freeBytesMin = 1024 ** 3;

/** The environment if it is valid, and what there is to say about it. */
export function environment(): { env: Env | undefined; findings: Finding[] } {
	try {
		const env = loadEnv();
		return { env, findings: [mode(env), secrets(env)] };
	} catch (error) {
		const problems = error instanceof InvalidEnvironment ? error.problems : [messageOf(error)];
		const findings = problems.map((problem) => finding("environment", "problem", problem));
		return { env: undefined, findings };
	}
}

const finding = (name: string, state: Finding["state"], detail: string): Finding => ({
	part: "configured",
	name,
	state,
	detail
});

function mode(env: Env): Finding {
	const stores = env.natsUrl ? "a node of a cluster" : "embedded, one process";
	return finding("environment", "ok", `${env.nodeEnv}, ${stores}`);
}

/** Default secrets in production do not get this far: `loadEnv` refuses them. */
export function secrets({ secrets }: Pick<Env, "secrets">): Finding {
	const values = [secrets.master, secrets.phoneIndexKey, secrets.phoneKeys];
	const known: readonly string[] = Object.values(developmentSecrets);
	const open = values.filter((value) => known.includes(value)).length;
	if (open === 0) return finding("secrets", "ok", "none is a default");
	return finding(
		"secrets",
		"note",
		`${open} of ${values.length} are public defaults; npm run doctor -- --secrets makes new ones`
	);
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
		if (free < freeBytesMin) return finding("DATA_DIR", "problem", `${dataDir}: only ${size}`);
		const state = folder === dataDir ? "writable" : "will be made at the first start";
		return finding("DATA_DIR", "ok", `${dataDir}: ${state}, ${size}`);
	} catch (error) {
		return finding("DATA_DIR", "problem", `${dataDir}: ${messageOf(error)}`);
	}
}

/** A clock before the newest of our own files is wrong; tokens and due times hang on it. */
export function clock(now = Date.now()): Finding {
	const here = fileURLToPath(new URL("../../package.json", import.meta.url));
	const late = statSync(here).mtimeMs - now;
	const text = new Date(now).toISOString();
	if (late > 60_000) return finding("clock", "problem", `${text} is before these files were made`);
	return finding("clock", "ok", text);
}
