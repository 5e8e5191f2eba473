/**
 * A server as a child of this process, on a free port of 127.0.0.1. It ends with its parent, also
 * when the parent is killed (watchdog.ts), and can be made to fail in the ways real servers do.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { forget, watch } from "./guard.ts";
import { freePort } from "./ports.ts";

export interface LocalServer {
	readonly name: string;
	/** How a client connects. */
	readonly url: string;
	readonly port: number;
	/** Undefined while the server is down. */
	readonly pid: number | undefined;
	readonly dataDir: string;
	/** SIGTERM, then SIGKILL after 5 s. */
	stop(): Promise<void>;
	/** SIGKILL: what a crash looks like. */
	kill(): Promise<void>;
	/** SIGSTOP: the process hangs, its sockets stay open. */
	pause(): void;
	/** SIGCONT. */
	resume(): void;
	/** Stops it if it runs and starts it on the same port and data; back when it answers. */
	restart(): Promise<void>;
}

/** How one kind of server is started. */
export interface Recipe {
	readonly name: string;
	readonly command: string;
	readonly dataDir: string;
	/** A port that must be had; any free one unless told. */
	readonly port?: number;
	arguments(port: number): readonly string[];
	url(port: number): string;
	/** Throws unless it was this very process that answered: another may have taken the port. */
	ping(port: number, pid: number): Promise<void>;
}

const stopMs = 5_000;
const readyMs = 30_000;
const portTries = 5;

/** Starts the server and waits until it answers; throws with the end of its log if it does not. */
export async function startLocalServer(recipe: Recipe): Promise<LocalServer> {
	mkdirSync(recipe.dataDir, { recursive: true });
	for (let attempt = 1; ; attempt += 1) {
		const port = recipe.port ?? (await freePort());
		const server = new ChildServer(recipe, port);
		try {
			await server.start();
			return server;
		} catch (error) {
			const taken = /address already in use|Could not create server TCP/i.test(server.log());
			if (!taken || recipe.port || attempt === portTries) throw error;
		}
	}
}

class ChildServer implements LocalServer {
	readonly name: string;
	readonly url: string;
	readonly port: number;
	readonly dataDir: string;
	readonly #recipe: Recipe;
	#child: ChildProcess | undefined;

	constructor(recipe: Recipe, port: number) {
		this.name = recipe.name;
		this.url = recipe.url(port);
		this.port = port;
		this.dataDir = recipe.dataDir;
		this.#recipe = recipe;
	}

	get pid(): number | undefined {
		return this.#child?.pid;
	}

	async start(): Promise<void> {
		const log = openSync(this.#logFile, "w");
		const child = spawn(this.#recipe.command, this.#recipe.arguments(this.port), {
			// A group of its own: Ctrl-C must reach this process first, which stops its servers last.
			detached: true,
			stdio: ["ignore", log, log]
		});
		closeSync(log);
		const failed = new Promise<never>((_, reject) => {
			child.once("error", reject);
			child.once("exit", (code, signal) => reject(this.#failure(`ended (${signal ?? code})`)));
		});
		failed.catch(() => {});
		child.unref();
		this.#child = child;
		const { pid } = child;
		if (pid !== undefined) {
			watch(pid);
			child.once("exit", () => {
				forget(pid);
				if (this.#child === child) this.#child = undefined;
			});
		}
		await Promise.race([this.#ready(child), failed]);
	}

	async #ready(child: ChildProcess): Promise<void> {
		const deadline = Date.now() + readyMs;
		for (;;) {
			try {
				await this.#recipe.ping(this.port, child.pid ?? -1);
				return;
			} catch (error) {
				if (child.exitCode !== null || child.signalCode !== null) return;
				if (Date.now() > deadline) {
					await this.kill();
					throw this.#failure(`did not answer in ${readyMs / 1000} s (${error})`);
				}
				await sleep(20);
			}
		}
	}

	async stop(): Promise<void> {
		await this.#end("SIGTERM");
	}

	async kill(): Promise<void> {
		await this.#end("SIGKILL");
	}

	pause(): void {
		this.#child?.kill("SIGSTOP");
	}

	resume(): void {
		this.#child?.kill("SIGCONT");
	}

	async restart(): Promise<void> {
		await this.stop();
		await this.start();
	}

	async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
		const child = this.#child;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const gone = once(child, "exit");
		child.kill(signal);
		// A paused process takes SIGTERM only once it goes on.
		child.kill("SIGCONT");
		const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
		await gone;
		clearTimeout(timer);
	}

	/** The end of what the server has written since it started. */
	log(): string {
		try {
			return readFileSync(this.#logFile, "utf8").split("\n").slice(-30).join("\n");
		} catch {
			return "";
		}
	}

	get #logFile(): string {
		return join(this.dataDir, `${this.name}.log`);
	}

	#failure(what: string): Error {
		return new Error(`${this.name} ${what}. Its log ends with:\n${this.log()}`);
	}
}
