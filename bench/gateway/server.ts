/**
 * One of the servers that the bench compares; writes its URL as the first line:
 * `node server.ts platform|moleculer-web|node-http <dataDir>`.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ServiceBroker } from "moleculer";
import web from "moleculer-web";
import { startPlatform } from "../../scripts/start.ts";
import { benchEnv } from "../backends.ts";

const [kind = "", dataDir = ""] = process.argv.slice(2);
const answer = { status: "ok" };

const addressOf = (server: Server): string =>
	`http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** The platform as `npm start` runs it; its cheapest route is `/api/health/live`. */
async function platform(): Promise<string> {
	const broker = await startPlatform(benchEnv(dataDir, { RATE_LIMITS: "on", DEMO: "0" }));
	const { server } = broker.getLocalService("gateway") as unknown as { server: Server };
	return `${addressOf(server)}/api/health/live`;
}

/** What moleculer-web does with one alias and nothing else. */
async function moleculerWeb(): Promise<string> {
	const broker = new ServiceBroker({ logger: false });
	broker.createService({ name: "health", actions: { live: () => answer } });
	const api = broker.createService({
		name: "api",
		mixins: [web as never],
		settings: {
			port: 0,
			ip: "127.0.0.1",
			logRouteRegistration: false,
			routes: [
				{
					path: "/api",
					mappingPolicy: "restrict",
					bodyParsers: { json: true },
					aliases: { "GET /health/live": "health.live" }
				}
			]
		}
	});
	await broker.start();
	return `${addressOf((api as unknown as { server: Server }).server)}/api/health/live`;
}

async function nodeHttp(): Promise<string> {
	const server = createServer((_request, response) => {
		const body = JSON.stringify(answer);
		response.setHeader("Content-Type", "application/json; charset=utf-8");
		response.setHeader("Content-Length", Buffer.byteLength(body));
		response.end(body);
	});
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	process.once("SIGTERM", () => process.exit(0));
	return addressOf(server);
}

const kinds: Record<string, () => Promise<string>> = {
	platform,
	"moleculer-web": moleculerWeb,
	"node-http": nodeHttp
};
const start = kinds[kind];
if (!start) throw new Error(`There is no server ${kind}.`);
console.log(await start());
