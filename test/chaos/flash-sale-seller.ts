import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Answered, Asked } from "./flash-sale-node.ts";

/** A node in a process of its own. Who waits for one that dies is told at once. */
export class Seller {
	readonly #variables: Record<string, string>;
	#child: ChildProcess | undefined;
	#waiting = new Map<number, (answered: Answered) => void>();
	isReady = false;
	static #numbers = 0;

	constructor(variables: Record<string, string>) {
		this.#variables = variables;
	}

	get underWay(): number {
		return this.#waiting.size;
	}

	async start(): Promise<void> {
		const script = new URL("flash-sale-node.ts", import.meta.url).pathname;
		const child = fork(script, [], { env: this.#variables, stdio: ["ignore", 2, 2, "ipc"] });
		this.#child = child;
		child.on("exit", () => {
			this.isReady = false;
			const waiting = [...this.#waiting];
			this.#waiting = new Map();
			for (const [number, tell] of waiting) tell({ number, error: "KILLED" });
		});
		await once(child, "message");
		child.on("message", (answered: Answered) => {
			this.#waiting.get(answered.number)?.(answered);
			this.#waiting.delete(answered.number);
		});
		this.isReady = true;
	}

	ask(asked: Omit<Asked, "number">): Promise<Answered> {
		const number = ++Seller.#numbers;
		return new Promise((resolve) => {
			this.#waiting.set(number, resolve);
			this.#child?.send({ number, ...asked } satisfies Asked, (error) => {
				if (error && this.#waiting.delete(number)) resolve({ number, error: "KILLED" });
			});
		});
	}

	async kill(): Promise<void> {
		const child = this.#child;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		this.isReady = false;
		const exit = once(child, "exit");
		child.kill("SIGKILL");
		await exit;
	}
}
