/**
 * Buyers over HTTP from a process of its own: `node load.ts <setup file> <what> <connections> <ms>`
 * sends one request after another on each connection and writes how many a second were answered as
 * they should. `empty` asks the gateway's cheapest route in the same way.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Side } from "../harness.ts";

/** It comes without types. */
const autocannon = createRequire(import.meta.url)("autocannon") as (options: object) => Promise<{
	readonly requests: { readonly total: number };
	readonly duration: number;
	readonly errors: number;
	readonly non2xx: number;
}>;

export interface SaleSetup {
	readonly url: string;
	readonly openSale: string;
	readonly soldOutSale: string;
	readonly tokens: readonly string[];
}

export type What = "empty" | "accepted" | "sold-out";

export const saleLoad =
	(setupFile: string, what: What, connections: number): Side =>
	async (milliseconds) => {
		const words = [setupFile, what, String(connections), String(milliseconds)];
		const script = fileURLToPath(import.meta.url);
		const { stdout } = await promisify(execFile)(process.execPath, [script, ...words]);
		return Number(stdout);
	};

const outcomes: Record<What, string> = {
	empty: '"status"',
	accepted: '"outcome":"bought"',
	"sold-out": '"outcome":"sold-out"'
};

/** Throws at any other answer: it would make the figure worthless. */
async function run(setup: SaleSetup, what: What, [connections, seconds]: [number, number]) {
	const body = JSON.stringify({ quantity: 1 });
	const saleId = what === "accepted" ? setup.openSale : setup.soldOutSale;
	let turn = Math.floor(Math.random() * setup.tokens.length);
	let number = 0;
	const wrong: string[] = [];
	const common = {
		setupRequest(request: object) {
			turn = (turn + 1) % setup.tokens.length;
			const headers = {
				"content-type": "application/json",
				authorization: `Bearer ${setup.tokens[turn]}`,
				"idempotency-key": `${process.pid}-${++number}`
			};
			return { ...request, headers };
		},
		onResponse(status: number, text: string) {
			if (status !== 200 || !text.includes(outcomes[what])) wrong.push(`${status} ${text}`);
		}
	};
	const request =
		what === "empty"
			? { method: "GET", path: "/api/health/live", ...common }
			: { method: "POST", path: `/api/flash-sales/${saleId}/purchases`, body, ...common };
	const url = setup.url;
	const report = await autocannon({ url, connections, duration: seconds, requests: [request] });
	if (wrong.length > 0) throw new Error(`${what}: ${wrong.length} wrong, as ${wrong[0]}`);
	if (report.errors > 0 || report.non2xx > 0) throw new Error(`${what}: ${report.errors} errors`);
	return report.requests.total / report.duration;
}

if (import.meta.main) {
	const [file = "", what, connections, milliseconds] = process.argv.slice(2);
	const setup = JSON.parse(readFileSync(file, "utf8")) as SaleSetup;
	const seconds = Math.max(1, Math.round(Number(milliseconds) / 1_000));
	console.log(await run(setup, what as What, [Number(connections), seconds]));
}
