/**
 * One node of either side, started by nodes.ts: an edge of the platform, or socket.io with the
 * Redis adapter. Writes its URL as the first line, and pushes private messages when told to.
 */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { Server } from "socket.io";
import { brokerOptions } from "../../config/broker.ts";
import { typed } from "../../lib/context.ts";
import gatewayService from "../../services/gateway/gateway.service.ts";
import imGatewayService from "../../services/im-gateway/im-gateway.service.ts";
import imRouterService from "../../services/im-router/im-router.service.ts";
import { benchEnv } from "../backends.ts";
import { neighbours } from "./neighbours.ts";
import type { NodeSetup, PushOrder } from "./nodes.ts";

/** Sends a private message; what it throws fails the bench. */
type Push = (userId: string, number: number) => Promise<unknown> | unknown;

const from = { id: "1", nickname: "Name 1", level: 3 };
const words = "~ こんばんは、今日もかわいい! 🎉 good evening from Osaka";
/** The clock of all processes of a machine, unlike `performance.now`. */
const text = () => `~t${Date.now()}${words}`;

const portOf = (server: HttpServer): number => (server.address() as AddressInfo).port;

async function platform(setup: NodeSetup): Promise<{ url: string; pushes: Record<string, Push> }> {
	const { dataDir, nodeId, natsUrl, redisUrl, mysqlUrl, publicKey } = setup;
	const env = benchEnv(dataDir, {
		...{ NATS_URL: natsUrl, REDIS_URL: redisUrl, MYSQL_URL: mysqlUrl }
	});
	const broker = new ServiceBroker(brokerOptions(env, { nodeID: nodeId }));
	const edge = [gatewayService, imGatewayService, imRouterService] as ServiceSchema[];
	for (const schema of [...neighbours(publicKey), ...edge]) broker.createService(schema);
	await broker.start();
	const { server } = broker.getLocalService("gateway") as unknown as { server: HttpServer };
	const { call } = typed(broker);
	return {
		url: `http://127.0.0.1:${portOf(server)}`,
		pushes: {
			hint: (userId, number) =>
				call("im-router.hint", {
					...{ userIds: [userId], messageId: `${nodeId}-${number}`, kind: "system" },
					body: { text: text() }
				}),
			kept: (userId, number) =>
				call("im-router.tell", { userId, from, clientId: `${nodeId}-${number}`, text: text() })
		}
	};
}

/** As its documentation says: one adapter, a room per user, an acknowledgement for the sender. */
async function plain({
	redisUrl
}: NodeSetup): Promise<{ url: string; pushes: Record<string, Push> }> {
	const server = createServer();
	const publisher = new Redis(redisUrl);
	const io = new Server(server, { adapter: createAdapter(publisher, publisher.duplicate()) });
	let said = 0;
	const envelope = (kind: string, sender: object, line: string) => ({
		...{ id: `${process.pid}-${++said}`, class: "ephemeral", kind, roomId: "1" },
		...{ offset: said, epoch: "m5x1k2-9f3a", from: sender },
		...{ at: new Date().toISOString(), body: { text: line } }
	});
	io.on("connection", (socket) => {
		const { userId } = socket.handshake.auth as { userId: string };
		const sender = { id: userId, nickname: `Name ${userId}`, level: 3 };
		socket.join(`user:${userId}`);
		socket.on(
			"call",
			(name: string, params: { text: string }, answer: (...v: unknown[]) => void) => {
				if (name === "im.enter") socket.join("room:1");
				else io.to("room:1").emit("message", envelope("chat", sender, params.text));
				answer(null, { id: `${process.pid}-${said}` });
			}
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const push: Push = (userId) =>
		void io.to(`user:${userId}`).emit("message", envelope("private", from, text()));
	return { url: `http://127.0.0.1:${portOf(server)}`, pushes: { hint: push, kept: push } };
}

/** An even flow to random users; the answer says how many went out. */
async function flow(push: Push, { userIds, perSecond, milliseconds }: PushOrder): Promise<number> {
	const started = performance.now();
	const running: (Promise<unknown> | unknown)[] = [];
	let sent = 0;
	while (performance.now() - started < milliseconds) {
		const due = Math.floor(((performance.now() - started) * perSecond) / 1_000);
		while (sent < due) {
			sent += 1;
			total += 1;
			running.push(push(userIds[Math.floor(Math.random() * userIds.length)] as string, total));
		}
		await new Promise((resolve) => setTimeout(resolve, 2));
	}
	await Promise.all(running);
	return sent;
}

let total = Date.now();
const [kind = "", json = "{}"] = process.argv.slice(2);
const { url, pushes } = await (kind === "platform" ? platform : plain)(JSON.parse(json));
process.on("message", async (order: PushOrder) => {
	const push = pushes[order.kind];
	if (push) process.send?.(await flow(push, order));
});
process.once("disconnect", () => process.exit(0));
console.log(url);
