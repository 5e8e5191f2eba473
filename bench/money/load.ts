/**
 * Gifts over HTTP from a process of its own: `node load.ts <setup file> <connections> <ms>` sends
 * one after another on each connection, each with a key of its own, and writes how many a second
 * were paid.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { closedLoop, type Side } from "../harness.ts";

/** What the server prepared: a live room, and people with coins. */
export interface GiftSetup {
	readonly url: string;
	readonly roomId: string;
	readonly tokens: readonly string[];
}

export const giftLoad =
	(setupFile: string, connections: number): Side =>
	async (milliseconds) => {
		const words = [setupFile, String(connections), String(milliseconds)];
		const script = fileURLToPath(import.meta.url);
		const { stdout } = await promisify(execFile)(process.execPath, [script, ...words]);
		return Number(stdout);
	};

/** Throws at any answer but a paid gift: it would make the figure worthless. */
function give(setup: GiftSetup, agent: Agent, token: string): Promise<void> {
	const body = JSON.stringify({ giftId: "2", count: 1 });
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const asked = request(
		`${setup.url}/api/rooms/${setup.roomId}/gifts`,
		{
			agent,
			method: "POST",
			headers: {
				"content-type": "application/json",
				"content-length": Buffer.byteLength(body),
				authorization: `Bearer ${token}`,
				"idempotency-key": randomUUID()
			}
		},
		(answer) => {
			let text = "";
			answer.setEncoding("utf8").on("data", (part: string) => {
				text += part;
			});
			answer.on("end", () => {
				if (answer.statusCode === 200) resolve();
				else reject(new Error(`${answer.statusCode} ${text}`));
			});
		}
	);
	asked.on("error", reject).end(body);
	return promise;
}

if (import.meta.main) {
	const [file = "", connections, milliseconds] = process.argv.slice(2);
	const setup = JSON.parse(readFileSync(file, "utf8")) as GiftSetup;
	const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
	let turn = 0;
	const one = () => give(setup, agent, setup.tokens[turn++ % setup.tokens.length] ?? "");
	console.log(await closedLoop(one, { inFlight: Number(connections) })(Number(milliseconds)));
	agent.destroy();
}
