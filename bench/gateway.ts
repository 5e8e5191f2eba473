/** The gateway's cheapest route over HTTP, beside moleculer-web alone and node:http alone. */
import { join } from "node:path";
import { inFolder } from "./backends.ts";
import { bench } from "./harness.ts";
import { load, type Served, serve } from "./http.ts";

const connections = 32;
const script = join(import.meta.dirname, "gateway", "server.ts");

await bench("gateway", (compare) =>
	inFolder(async (folder) => {
		const servers: Served[] = [];
		try {
			const platform = await serve(script, "platform", folder);
			servers.push(platform);
			for (const peer of ["moleculer-web", "node-http"]) {
				const other = await serve(script, peer, folder);
				servers.push(other);
				await compare({
					what: `cheapest route, ${connections} connections`,
					unit: "requests/s",
					ours: load(platform.url, connections),
					peer: load(other.url, connections),
					peerName: `${peer} alone`
				});
			}
		} finally {
			await Promise.all(servers.map((server) => server.stop()));
		}
	})
);
