import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { brokerOptions } from "../../config/broker.ts";
import { type Env, loadEnv } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import type { Checks } from "./health.rules.ts";
import health from "./health.service.ts";

interface Outbox {
	asked: number;
	stats: { pending: number; oldestAgeMs: number; dead: number; canaryAgeMs: number | null };
}

/** Stands in for the neighbour of the same name. */
const outboxService = (outbox: Outbox): ServiceSchema =>
	({
		name: "outbox",
		actions: {
			stats: {
				auth: "internal",
				handler() {
					outbox.asked += 1;
					return outbox.stats;
				}
			}
		}
	}) as ServiceSchema;

/** A server that takes connections and never says a word, as a stopped process does. */
class Mute {
	readonly sockets = new Set<Socket>();
	readonly server: Server = createServer((socket) => {
		this.sockets.add(socket);
		socket.on("error", () => {});
	});
	async listen(): Promise<string> {
		this.server.listen(0, "127.0.0.1");
		await once(this.server, "listening");
		return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}
	close(): void {
		for (const socket of this.sockets) socket.destroy();
		this.server.close();
	}
}

describe("health", () => {
	let dataDir: string;
	let outbox: Outbox;
	let broker: ServiceBroker;
	const mutes: Mute[] = [];

	const build = (
		variables: Record<string, string>,
		others: readonly ServiceSchema[] = []
	): void => {
		const env: Env = loadEnv({ NODE_ENV: "test", DATA_DIR: dataDir, ...variables });
		broker = new ServiceBroker(brokerOptions(env, { logger: false }));
		const neighbours = [outboxService(outbox), { name: "media" }, ...others];
		for (const schema of [health, ...neighbours]) broker.createService(schema);
	};
	const mute = async (): Promise<string> => {
		const server = new Mute();
		mutes.push(server);
		return server.listen();
	};
	/** What the gateway would answer. */
	const ask = async (action: "health.check" | "health.live") => {
		const meta: { $statusCode?: number } = {};
		const body = await broker.call<{ status: string; checks: Checks }, object>(
			action,
			{},
			{ meta }
		);
		return { statusCode: meta.$statusCode ?? 200, ...body };
	};

	beforeEach(() => {
		dataDir = mkdtempSync(join(tmpdir(), "health-"));
		outbox = { asked: 0, stats: { pending: 0, oldestAgeMs: 0, dead: 0, canaryAgeMs: 10 } };
	});
	afterEach(async () => {
		for (const server of mutes.splice(0)) server.close();
		await broker.stop();
		rmSync(dataDir, { recursive: true, force: true });
	});

	test("embedded: green, with the servers it does without off", async () => {
		build({});
		await broker.start();
		expect(await ask("health.check")).toEqual({
			statusCode: 200,
			status: "ok",
			checks: { sql: "ok", redis: "off", bus: "off", media: "ok", outbox: "ok", canary: "ok" }
		});
		expect(await ask("health.live")).toEqual({ statusCode: 200, status: "ok" });
	});

	test("servers that hang or refuse are red with 503, soon, and the process lives", async () => {
		build({ MYSQL_URL: `mysql://root@${await mute()}/live`, REDIS_URL: "redis://127.0.0.1:9" });
		await broker.start();
		const { statusCode, checks } = await ask("health.check");
		expect(statusCode).toBe(503);
		expect(checks).toMatchObject({ sql: "red", redis: "red", outbox: "ok" });
		expect(await ask("health.live")).toEqual({ statusCode: 200, status: "ok" });
	});

	test("a node that waits for its database answers already", async () => {
		const waiting: ServiceSchema = { name: "waiting", started: () => new Promise(() => {}) };
		build({}, [waiting]);
		void broker.start();
		const health = broker.getLocalService("health");
		await health.waitForServices("health", 5_000);
		expect(await ask("health.live")).toEqual({ statusCode: 200, status: "ok" });
		expect((await ask("health.check")).checks.sql).toBe("ok");
	});

	test("without the outbox red; late messages only after we had time to see them", async () => {
		build({});
		await broker.start();
		outbox.stats = { pending: 9, oldestAgeMs: 8 * 3600 * 1000, dead: 3, canaryAgeMs: null };
		expect((await ask("health.check")).status).toBe("ok");
		await broker.destroyService("outbox");
		Object.assign(broker.getLocalService("health"), { staleAt: 0 });
		expect((await ask("health.check")).checks).toMatchObject({ outbox: "red", canary: "ok" });
		const long = limits.healthCanaryAgeMillisecondsMax + 1_000;
		Object.assign(broker.getLocalService("health"), {
			staleAt: 0,
			watchingSince: performance.now() - long
		});
		expect((await ask("health.check")).checks).toMatchObject({ outbox: "red", canary: "red" });
	});

	test("a flood of questions asks the parts once", async () => {
		build({});
		await broker.start();
		await Promise.all(Array.from({ length: 500 }, () => ask("health.check")));
		expect(outbox.asked).toBe(1);
		Object.assign(broker.getLocalService("health"), { staleAt: 0 });
		await ask("health.check");
		expect(outbox.asked).toBe(2);
	});

	test("from the beginning of the shutdown on both answer 503", async () => {
		let finish: (value: string) => void = () => {};
		const busy: ServiceSchema = {
			name: "busy",
			actions: {
				work: {
					auth: "internal",
					handler: () =>
						new Promise((resolve) => {
							finish = resolve;
						})
				} as object
			}
		};
		build({}, [busy]);
		await broker.start();
		const working = broker.call("busy.work");
		const stopped = broker.stop();
		expect(await ask("health.live")).toEqual({ statusCode: 503, status: "draining" });
		expect(await ask("health.check")).toMatchObject({ statusCode: 503, status: "red" });
		finish("done");
		expect(await working).toBe("done");
		await stopped;
	});
});
