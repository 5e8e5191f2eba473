import { randomUUID } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import { afterEach, describe, expect, it } from "vitest";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import { loadEnv } from "../env.ts";

interface Internals {
	readonly _trackedContexts: unknown[];
	readonly CircuitBreakerStore: Map<string, { readonly state: string }>;
}

type Handler = () => unknown;
const never = () => new Promise(() => {});

/** Brokers on Moleculer's in-memory bus, each with the actions `part.look` and `part.change`. */
async function startNodes(handlers: Record<string, Handler>) {
	const namespace = randomUUID();
	const env = loadEnv({ NODE_ENV: "test" });
	const brokers: ServiceBroker[] = [];
	const start = async (nodeId: string, actions: Record<string, object>) => {
		const services = Object.keys(actions).length > 0 ? [{ name: "part", actions }] : [];
		// Handlers that never end would hold up the stop for as long as is allowed.
		const tracking = { enabled: true, shutdownTimeout: 1 };
		const options = { transporter: "Fake", circuitBreaker: breakerSoon, tracking } as const;
		brokers.push(await startBroker({ env, services, nodeId, namespace, options }));
	};
	for (const [nodeId, handler] of Object.entries(handlers)) {
		await start(nodeId, {
			look: { auth: "internal", read: true, timeout: 100, handler },
			change: { auth: "internal", timeout: 100, handler }
		});
	}
	await start("caller", {});
	const caller = brokers.at(-1) as ServiceBroker;
	await until(() => {
		const services = caller.registry.getServiceList({ onlyAvailable: true });
		return services.filter(({ name }) => name === "part").length === Object.keys(handlers).length;
	});
	stopping.push(...brokers);
	return caller as ServiceBroker &
		Internals & { transit: { pendingRequests: Map<string, object> } };
}

const breakerSoon = { enabled: true, minRequestCount: 3, threshold: 0.5, halfOpenTime: 60_000 };
const stopping: ServiceBroker[] = [];
afterEach(async () => {
	await Promise.all(stopping.splice(0).map((broker) => broker.stop()));
});

describe("a call to a node that does not answer", () => {
	it("counts for the breaker and leaves nothing behind", async () => {
		const caller = await startNodes({ silent: never });
		for (let count = 0; count < 3; count += 1) {
			await expect(caller.call("part.change")).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
		}
		expect([...caller.CircuitBreakerStore.values()].map(({ state }) => state)).toEqual(["open"]);
		expect(caller._trackedContexts).toEqual([]);
		expect(caller.transit.pendingRequests.size).toBe(0);
		await expect(caller.call("part.change")).rejects.toMatchObject({
			type: "SERVICE_NOT_AVAILABLE"
		});
	});

	it("is tried on another node if it is a read, and only then", async () => {
		let runs = 0;
		const caller = await startNodes({
			silent: () => {
				runs += 1;
				return never();
			},
			sound: () => "done"
		});
		const looks = Array.from({ length: 4 }, () => caller.call("part.look"));
		expect(await Promise.all(looks)).toEqual(["done", "done", "done", "done"]);
		expect(runs, "it was asked").toBeGreaterThan(0);
		runs = 0;
		await expect(caller.call("part.change", {}, { nodeID: "silent" })).rejects.toMatchObject({
			type: "REQUEST_TIMEOUT"
		});
		expect(runs).toBe(1);
	});

	it("waits as long as the contract says, whatever the caller has left", async () => {
		const caller = await startNodes({ silent: never });
		const begunAt = performance.now();
		await expect(caller.call("part.change", {}, { timeout: 60_000 })).rejects.toMatchObject({
			type: "REQUEST_TIMEOUT"
		});
		expect(performance.now() - begunAt).toBeLessThan(30_000);
	});
});

describe("an error that a handler passes on", () => {
	it("does not make the caller's own call run again", async () => {
		const caller = await startNodes({ silent: never });
		let runs = 0;
		const handler = () => {
			runs += 1;
			return caller.call("part.look");
		};
		const actions: Record<string, object> = { change: { auth: "internal", handler } };
		caller.createService({ name: "outer", actions });
		await caller.waitForServices("outer");
		await expect(caller.call("outer.change")).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
		expect(runs).toBe(1);
	});
});
