/**
 * The far end, a process of its own: the service `echo` on a broker as the platform builds it,
 * and a bare NATS subscription that sends back the bytes it got:
 * `node responder.ts <natsUrl> <dataDir>`.
 */
import { ServiceBroker } from "moleculer";
import { connect } from "nats";
import { brokerOptions } from "../../config/broker.ts";
import { service } from "../../lib/service.ts";
import { bareSubject, echo } from "./echo.contract.ts";
import { remoteEnv } from "./environment.ts";

const [natsUrl = "", dataDir = ""] = process.argv.slice(2);

const connection = await connect({ servers: natsUrl });
connection.subscribe(bareSubject, { callback: (_, message) => message.respond(message.data) });

const broker = new ServiceBroker(
	brokerOptions(remoteEnv(natsUrl, dataDir), { nodeID: "bench-responder" })
);
broker.createService(service(echo, { actions: { back: (ctx) => ctx.params } }));
await broker.start();

process.once("SIGTERM", async () => {
	await Promise.all([broker.stop(), connection.close()]);
});
