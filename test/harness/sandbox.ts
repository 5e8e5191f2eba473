/** The sandbox payment provider, for suites that pay: as a process, or only its till by HTTP. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Book } from "../../scripts/sandbox/book.ts";
import { type SandboxParts, sandboxServer } from "../../scripts/sandbox/server.ts";
import type { Switch } from "../../scripts/sandbox/switches.ts";
import { Till } from "../../scripts/sandbox/till.ts";
import { freePort } from "../../scripts/servers/ports.ts";
import { type NodeProcess, startProcess } from "./platforms.ts";
import { until } from "./until.ts";

export const sandboxSecret = "a secret of the sandbox for the tests";

export interface Payment {
	readonly switches?: readonly Switch[];
	readonly lateSeconds?: number;
}

/** What the buttons of the page do; the status of the checkout. Throws unless the answer is 200. */
export async function press(
	button: "pay" | "fail",
	checkoutUrl: string,
	payment: Payment = {}
): Promise<string> {
	const answer = await fetch(`${checkoutUrl}/${button}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(payment)
	});
	if (!answer.ok) throw new Error(`${button}: ${answer.status} ${await answer.text()}`);
	return ((await answer.json()) as { status: string }).status;
}

export interface RunningSandbox {
	/** For `SANDBOX_URL`. */
	readonly url: string;
	/** Variables that make a platform use it. */
	readonly variables: Readonly<Record<string, string>>;
	readonly node: NodeProcess;
	stop(): Promise<void>;
}

/** `scripts/sandbox.ts` on a free port; its callbacks go to `callbackUrl`. */
export async function startSandbox(
	folder: string,
	callbackUrl: string,
	port?: number
): Promise<RunningSandbox> {
	const own = port ?? (await freePort());
	const url = `http://127.0.0.1:${own}`;
	const node = startProcess({
		...{ name: `sandbox-${own}`, script: "scripts/sandbox.ts", folder },
		arguments: ["--callback", callbackUrl],
		variables: { NODE_ENV: "test", SANDBOX_PORT: String(own), SANDBOX_SECRET: sandboxSecret }
	});
	try {
		await until(async () => (await fetch(`${url}/health`)).ok, 20_000);
	} catch (error) {
		throw new Error(`The sandbox did not start.\n${node.log()}`, { cause: error });
	}
	const stop = async () => {
		await node.stop();
	};
	return { url, variables: { SANDBOX_URL: url, SANDBOX_SECRET: sandboxSecret }, node, stop };
}

/** A provider without a postman: it makes checkouts and answers, and no callback ever comes. */
export async function startTill(folder: string) {
	const book = new Book(join(folder, "sandbox.json"));
	const parts: SandboxParts = { book, till: new Till(book), secret: sandboxSecret, base: "" };
	const server = sandboxServer(parts);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	parts.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		book,
		url: parts.base,
		variables: { SANDBOX_URL: parts.base, SANDBOX_SECRET: sandboxSecret },
		stop() {
			server.close();
			server.closeAllConnections();
		}
	};
}
