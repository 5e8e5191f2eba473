/** What tests of the router stand on: its stores, opened empty, and one node of it. */
import { Redis } from "ioredis";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, beforeEach, onTestFinished } from "vitest";
import { type Call, type ParamsOf, typed } from "../../lib/context.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import imRouter from "../../services/im-router/im-router.service.ts";
import { memoryRouterStore } from "../../services/im-router/im-router.store.memory.ts";
import { redisRouterStore } from "../../services/im-router/im-router.store.redis.ts";
import {
	type RouterStore,
	routerBounds,
	type StoreBounds
} from "../../services/im-router/im-router.store.ts";
import type { Backend, Opened } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";

/** Two nodes that share what there is to share; in one process, one store. */
export const storesOf =
	(backend: Backend<"memory" | "redis">) =>
	async (changes: Partial<StoreBounds> = {}) => {
		const bounds = { ...routerBounds, leaseMs: 60_000, ...changes };
		const { env, close } = await backend.open();
		const url = env.redisUrl;
		const clients = url === undefined ? [] : [new Redis(url), new Redis(url)];
		onTestFinished(async () => {
			for (const client of clients) client.disconnect();
			await close();
		});
		const [first, second] = clients;
		let [here, there]: RouterStore[] = [];
		const run = async () => "run";
		if (first && second) {
			[here, there] = [first, second].map((each) => redisRouterStore(each, bounds, run));
		} else {
			here = memoryRouterStore(bounds);
			there = here;
		}
		return { here: here as RouterStore, there: there as RouterStore, client: first };
	};

export const life = { nodeId: "near", incarnation: "life-1" };
export const from = { id: "5", nickname: "Lily", level: 3 };
export const deviceId = "phone-0001";

type Delivery = ParamsOf<"im-gateway.deliver">;

/** Users up to 9,999 exist. */
const users = {
	name: "users",
	actions: {
		getMany: {
			auth: "public",
			handler: (ctx: { params: { ids: string[] } }) => ({
				items: ctx.params.ids.filter((id) => Number(id) < 10_000).map((id) => ({ id }))
			})
		}
	}
} as unknown as ServiceSchema;

/** One node without sockets; call inside `describe`. What it answers to deliveries is `answer`. */
export function routerStage(backend: Backend<"sqlite" | "mariadb">) {
	let opened: Opened;
	let broker: ServiceBroker;
	let db: Sql;
	const deliveries: Delivery[] = [];
	const answer = { alive: true, emptyRooms: [] as string[], absent: [] as object[] };
	const handler = (ctx: { params: Delivery }) => {
		deliveries.push(ctx.params);
		return answer;
	};
	const gateway = { name: "im-gateway", actions: { deliver: { auth: "internal", handler } } };
	const services = [imRouter, users, gateway as unknown as ServiceSchema];

	beforeAll(async () => {
		opened = await backend.open();
		const { nodeId } = life;
		broker = await startBroker({ env: opened.env, services, nodeId, migrate: true });
		db = openSql(opened.env);
	});
	afterAll(async () => {
		await db.close();
		await broker.stop();
		await opened.close();
	});
	beforeEach(async () => {
		deliveries.length = 0;
		Object.assign(answer, { alive: true, emptyRooms: [], absent: [] });
		await call("im-router.renew", { ...life, rooms: [] });
	});

	const call = ((...args: Parameters<Call>) => typed(broker).call(...args)) as Call;
	return {
		...{ deliveries, answer, call },
		db: () => db,
		async connect(userId: string, device = deviceId) {
			await call("im-router.renew", { ...life, rooms: [] });
			return call("im-router.connect", { userId, deviceId: device, ...life });
		},
		directs: (userId: string) =>
			deliveries.flatMap(({ direct }) => direct.filter((each) => each.userId === userId)),
		lines: (roomId: string) =>
			deliveries
				.flatMap(({ rooms }) => rooms.filter((room) => room.roomId === roomId))
				.flatMap((room) => room.lines),
		tell: (userId: string, clientId: string) =>
			call("im-router.tell", { userId, from, clientId, text: `text ${clientId}` })
	};
}

let user = 100;

/** A user whom no test has seen. */
export const nextUser = (): string => String(++user);
