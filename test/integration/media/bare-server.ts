/**
 * node-media-server as it comes out of the box, in a process of its own that an attack may end:
 * `node bare-server.ts <folder> <rtmpPort> <httpPort> <ask|throw|open>`. `ask` switches its own
 * check of publishers on; `throw` adds a listener with a bug.
 */
import { createRequire } from "node:module";

const [folder = "", rtmpPort = "", httpPort = "", mode = "open"] = process.argv.slice(2);

interface Bare {
	run(): Promise<void>;
	on(name: string, listener: (session: { close(): void }) => void): void;
}
// By require: the package has no types.
const NodeMediaServer = createRequire(import.meta.url)("node-media-server") as new (
	config: object
) => Bare;

const server = new NodeMediaServer({
	bind: "127.0.0.1",
	rtmp: { port: Number(rtmpPort) },
	http: { port: Number(httpPort) },
	store: { path: folder },
	record: { auto: false },
	webadmin: { enable: false },
	auth: { publish: mode === "ask", play: false, secret: "secret" }
});
if (mode === "throw") {
	server.on("prePublish", () => {
		throw new Error("A listener with a bug.");
	});
}
if (mode === "close") server.on("prePublish", (session) => session.close());
await server.run();
