import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterEach, describe, inject, test } from "vitest";
import type { Checks } from "../../services/health/health.rules.ts";
import health from "../../services/health/health.service.ts";
import { type Opened, sqlBackends, storeBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { until } from "../harness/until.ts";

const outbox = {
	name: "outbox",
	actions: {
		stats: {
			auth: "internal",
			handler: () => ({ pending: 0, oldestAgeMs: 0, dead: 0, canaryAgeMs: 5 })
		}
	}
} as unknown as ServiceSchema;

const { natsUrl, redisUrl, mysqlUrl } = inject("servers");

/** A way to a server that can be blocked: then nothing passes, nothing is lost, nobody is told. */
class Way {
	readonly #sockets = new Set<Socket>();
	readonly #server;

	constructor(target: URL) {
		this.#server = createServer((near) => {
			const far = connect(Number(target.port), target.hostname);
			for (const [from, to] of [
				[near, far],
				[far, near]
			] as const) {
				this.#sockets.add(from);
				from.on("error", () => to.destroy());
				from.on("close", () => to.destroy());
				from.on("data", (data) => to.write(data));
			}
		});
	}

	async listen(): Promise<string> {
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	block(): void {
		for (const socket of this.#sockets) socket.pause();
	}

	open(): void {
		for (const socket of this.#sockets) socket.resume();
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
	}
}

describe("health on real servers", () => {
	const closing: (() => Promise<void> | void)[] = [];
	const start = async (opened: Opened, namespace?: string): Promise<ServiceBroker> => {
		closing.push(() => opened.close());
		const services = [health, outbox];
		const { env } = opened;
		const broker = await startBroker({ env, services, ...(namespace ? { namespace } : {}) });
		closing.push(() => broker.stop());
		return broker;
	};
	const checks = async (broker: ServiceBroker): Promise<Checks> => {
		const answer = await broker.call<{ checks: Checks }, object>("health.check", {});
		return answer.checks;
	};
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	for (const backend of sqlBackends) {
		test.skipIf(!backend.available)(`sql is ok on ${backend.name}`, async () => {
			const broker = await start(await backend.open());
			await until(async () => (await checks(broker)).sql === "ok");
		});
	}

	for (const backend of storeBackends) {
		test.skipIf(!backend.available)(`redis on ${backend.name}`, async () => {
			const broker = await start(await backend.open());
			const expected = backend.name === "redis" ? "ok" : "off";
			await until(async () => (await checks(broker)).redis === expected);
		});
	}

	test.skipIf(!natsUrl || !redisUrl || !mysqlUrl)(
		"a bus that falls silent is red, and ok again when it speaks",
		async () => {
			const way = new Way(new URL(natsUrl ?? ""));
			closing.push(() => way.close());
			const variables = {
				NATS_URL: `nats://${await way.listen()}`,
				MYSQL_URL: mysqlUrl ?? "",
				REDIS_URL: redisUrl ?? ""
			};
			const [sqlite] = sqlBackends;
			if (!sqlite) throw new Error("There is always SQLite.");
			const opened = await sqlite.open({ variables });
			const broker = await start(opened, `health-${process.pid}`);
			await until(async () => (await checks(broker)).bus === "ok");
			way.block();
			await until(async () => (await checks(broker)).bus === "red");
			way.open();
			await until(async () => (await checks(broker)).bus === "ok", 20_000);
		}
	);
});
