/** The sandbox provider as a child of the platform: it comes and goes with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnvironment, type Env, reachable } from "../../config/env.ts";

const script = fileURLToPath(new URL("../sandbox.ts", import.meta.url));
const restartMs = 1_000;

/**
 * `env` with the sandbox that runs now. Outside production one is started, unless SANDBOX_URL
 * names one or play money is off. Without a port to be had, the platform runs without it.
 */
export async function withSandbox(env: Env): Promise<Env> {
	const { on, external } = env.sandbox;
	if (env.production || !on || external) return env;
	try {
		const url = await start(env);
		return { ...env, sandbox: { ...env.sandbox, url } };
	} catch (error) {
		console.error(`Nobody can recharge: ${(error as Error).message}`);
		return { ...env, sandbox: { ...env.sandbox, on: false } };
	}
}

/** Variables that make other processes use the sandbox of `env`. */
export const sandboxVariables = ({ sandbox }: Env): Record<string, string> =>
	sandbox.on ? { SANDBOX_URL: sandbox.url } : { SANDBOX_PAYMENTS: "off" };

/** Resolves with its address when it listens; from then on it is started again if it ends. */
async function start(env: Env): Promise<string> {
	const child = run(env);
	const url = await new Promise<string>((resolve, reject) => {
		child.once("message", (message) => resolve((message as { url: string }).url));
		child.once("error", reject);
		child.once("exit", (code) => reject(new Error(`the sandbox ended with code ${code}.`)));
	});
	keep(env, child);
	return url;
}

function keep(env: Env, child: ChildProcess): void {
	// What it is there for is the platform, which must be able to end.
	child.unref();
	child.channel?.unref();
	child.once("exit", (code, signal) => {
		console.error(`The sandbox ended (${signal ?? code}) and is started again.`);
		setTimeout(() => keep(env, run(env)), restartMs).unref();
	});
}

function run({ nodeEnv, host, ports, dataDir, sandbox }: Env): ChildProcess {
	const callback = `http://${reachable(host)}:${ports.http}/api/payments/sandbox/callback`;
	return spawn(process.execPath, [script, "--callback", callback], {
		env: childEnvironment({
			...{ NODE_ENV: nodeEnv, HOST: host, SANDBOX_PORT: String(ports.sandbox) },
			...{ DATA_DIR: dataDir, SANDBOX_PAYMENTS: "on", SANDBOX_SECRET: sandbox.secret }
		}),
		stdio: ["ignore", "inherit", "inherit", "ipc"],
		// Ctrl-C must reach the platform first; the channel between them ends the child.
		detached: true
	});
}
