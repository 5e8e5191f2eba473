/**
 * A media node that lets every encoder in; writes where it listens as the first line:
 * `node server.ts <dataDir>`.
 */
import { type ActionSchema, ServiceBroker, type ServiceSchema } from "moleculer";
import { brokerOptions } from "../../config/broker.ts";
import { typed } from "../../lib/context.ts";
import { mediaBounds } from "../../services/media/media.bounds.ts";
import { mediaService } from "../../services/media/media.service.ts";
import { benchEnv } from "../backends.ts";

const internal = (handler: (ctx: { params: { key: string } }) => object): ActionSchema =>
	({ auth: "internal", handler }) as ActionSchema;

const rooms: ServiceSchema = {
	name: "rooms",
	actions: {
		authorizePublish: internal(({ params }) => {
			const [roomId = ""] = params.key.split("?");
			return { roomId, sessionId: "1", generation: 1 };
		}),
		streamStarted: internal(() => ({ current: true })),
		streamHealth: internal(() => ({ current: true })),
		streamStopped: internal(() => ({ current: true }))
	}
};

const [dataDir = ""] = process.argv.slice(2);
const broker = new ServiceBroker(
	brokerOptions(benchEnv(dataDir, { RTMP_PORT: "0", MEDIA_PORT: "0" }))
);
broker.createService(rooms);
broker.createService(mediaService({ ...mediaBounds, viewersPerAddressMax: 1_000 }));
await broker.start();
const service = broker.getLocalService("media") as unknown;
const [ingest] = (service as { ingests: readonly { port: number }[] }).ingests;
console.log(ingest?.port);
// The second line: the play address, once there is a stream.
for (;;) {
	const { items } = await typed(broker).call("media.sources", { roomId: "7" });
	if (items[0]) {
		console.log(items[0].url);
		break;
	}
	await new Promise((resolve) => setTimeout(resolve, 100));
}
