/**
 * `npm run sandbox`: a payment provider that takes play money, as a process of its own. `npm start`
 * and `npm run cluster` run one as their child. `-- --callback URL` says where its callbacks go.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadEnv, reachable } from "../config/env.ts";
import { explain } from "./explain.ts";
import { Book } from "./sandbox/book.ts";
import { Postman } from "./sandbox/postman.ts";
import { type SandboxParts, sandboxServer } from "./sandbox/server.ts";
import { Till } from "./sandbox/till.ts";

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { callback: { type: "string" } } });
	const { production, sandbox, host, ports, publicUrl, dataDir } = loadEnv();
	if (!sandbox.on) {
		const where = production ? " in production unless SANDBOX_PAYMENTS=on" : "";
		throw new Error(`Play money is not taken${where}.`);
	}
	const book = new Book(join(dataDir, "sandbox.json"));
	const shop = publicUrl ?? `http://${reachable(host)}:${ports.http}`;
	const callbackUrl = values.callback ?? `${shop}/api/payments/sandbox/callback`;
	const parts: SandboxParts = { book, till: new Till(book), secret: sandbox.secret, base: "" };
	const server = sandboxServer(parts);
	server.requestTimeout = 10_000;
	server.listen(ports.sandbox, host);
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	parts.base = sandbox.external ? sandbox.url : `http://${reachable(host)}:${port}`;
	const postman = new Postman({ book, callbackUrl, secret: sandbox.secret });
	postman.start();

	const stop = () => {
		postman.stop();
		server.close();
		server.closeAllConnections();
		process.exit(0);
	};
	process.on("SIGTERM", stop);
	process.on("SIGINT", stop);
	// The platform that started it is gone, however it went.
	process.on("disconnect", stop);
	if (process.send) process.send({ url: parts.base });
	else
		console.log(`The sandbox takes play money on ${parts.base}, callbacks go to ${callbackUrl}.`);
}

try {
	await main();
} catch (error) {
	const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
	console.error(taken ? "SANDBOX_PORT is taken: set it to a free one." : explain(error));
	process.exit(1);
}
