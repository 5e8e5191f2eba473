import { Redis } from "ioredis";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { describe, expect, onTestFinished, test } from "vitest";
import { brokerOptions } from "../config/broker.ts";
import type { Ctx } from "../lib/context.ts";
import type { RateLimitRule } from "../lib/contract.ts";
import { openRedis } from "../mixins/redis.ts";
import { freePort } from "../scripts/servers/ports.ts";
import { type Opened, type OpenOptions, storeBackends } from "../test/harness/backends.ts";
import { until } from "../test/harness/until.ts";
import { attemptCounter, networkOf, rateLimit } from "./rate-limit.ts";

const limited = expect.objectContaining({
	type: "RATE_LIMITED",
	code: 429,
	data: { retryAfterMs: expect.any(Number) }
});

/** A shop with limited actions, behind a gateway and behind another service. */
async function startShop({ env }: Opened, rule: RateLimitRule) {
	const forward = { handler: (ctx: Ctx) => (ctx.call as CallableFunction)("shop.buy") };
	const schemas = [
		{ name: "shop", actions: { buy: { rateLimit: rule, handler: () => "bought" } } },
		{ name: "gateway", actions: { forward } },
		{ name: "orders", actions: { forward } }
	];
	const broker = new ServiceBroker(
		brokerOptions(env, { logger: false, middlewares: [rateLimit()] })
	);
	for (const schema of schemas) broker.createService(schema as unknown as ServiceSchema);
	await broker.start();
	onTestFinished(() => broker.stop());
	return (action: string, meta: object) => broker.call(action, {}, { meta: { ...meta } });
}

const from = (clientAddress: string) => ({ clientAddress });
const user = (id: string, clientAddress = "10.0.0.1") => ({
	clientAddress,
	user: { id, sessionId: "1" }
});

/** How many of so many calls get through. */
async function through(call: () => Promise<unknown>, calls: number): Promise<number> {
	const results = await Promise.allSettled(Array.from({ length: calls }, call));
	for (const result of results) {
		if (result.status === "rejected") expect(result.reason).toEqual(limited);
	}
	return results.filter(({ status }) => status === "fulfilled").length;
}

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`rate limits in ${backend.name}`, () => {
		async function open(options: OpenOptions = {}): Promise<Opened> {
			const opened = await backend.open(options);
			onTestFinished(() => opened.close());
			return opened;
		}

		test("so many calls per address pass, the others are told when to come again", async () => {
			const call = await startShop(await open(), { count: 3, seconds: 60, by: "address" });
			expect(await through(() => call("shop.buy", from("10.0.0.1")), 10)).toBe(3);
			expect(await through(() => call("shop.buy", from("10.0.0.2")), 2)).toBe(2);
			const refusal = (await call("shop.buy", from("10.0.0.1")).catch((error) => error)) as {
				data: { retryAfterMs: number };
			};
			expect(refusal.data.retryAfterMs).toBeGreaterThan(1_000);
			expect(refusal.data.retryAfterMs).toBeLessThanOrEqual(60_000);
		});

		test("users count for themselves wherever they are, guests by address", async () => {
			const call = await startShop(await open(), { count: 2, seconds: 60, by: "user" });
			expect(await through(() => call("shop.buy", user("1")), 3)).toBe(2);
			expect(await through(() => call("shop.buy", user("1", "10.9.9.9")), 1)).toBe(0);
			expect(await through(() => call("shop.buy", user("2")), 1)).toBe(1);
			expect(await through(() => call("shop.buy", from("10.0.0.1")), 3)).toBe(2);
		});

		test("what comes through the gateway counts, what other services call does not", async () => {
			const call = await startShop(await open(), { count: 1, seconds: 60, by: "address" });
			expect(await through(() => call("orders.forward", from("10.0.0.1")), 5)).toBe(5);
			expect(await through(() => call("gateway.forward", from("10.0.0.1")), 3)).toBe(1);
			expect(await through(() => call("gateway.forward", {}), 5)).toBe(5);
		});

		test("RATE_LIMITS=off lets all pass", async () => {
			const opened = await open({ variables: { RATE_LIMITS: "off" } });
			const call = await startShop(opened, { count: 1, seconds: 60, by: "address" });
			expect(await through(() => call("shop.buy", from("10.0.0.1")), 5)).toBe(5);
		});

		test("a new window opens when the old one ends", async () => {
			const call = await startShop(await open(), { count: 1, seconds: 1, by: "address" });
			expect(await through(() => call("shop.buy", from("10.0.0.1")), 2)).toBe(1);
			await until(async () => (await through(() => call("shop.buy", from("10.0.0.1")), 1)) === 1);
		});

		test("attempts are counted, seen and forgotten", async () => {
			const { env } = await open({ variables: { RATE_LIMITS: "off" } });
			const client = env.redisUrl === undefined ? undefined : new Redis(env.redisUrl);
			onTestFinished(() => client?.disconnect());
			if (client) await until(() => client.status === "ready");
			const counter = attemptCounter(client, { name: "sign-in", points: 2, seconds: 60 });
			expect(await counter.get("ann")).toEqual({ isAllowed: true, left: 2, retryAfterMs: 0 });
			expect(await counter.consume("ann")).toMatchObject({ isAllowed: true, left: 1 });
			expect(await counter.consume("ann")).toMatchObject({ isAllowed: true, left: 0 });
			expect(await counter.get("ann")).toMatchObject({ isAllowed: false, left: 0 });
			const refused = await counter.consume("ann");
			expect(refused).toMatchObject({ isAllowed: false, left: 0 });
			expect(refused.retryAfterMs).toBeGreaterThan(1_000);
			expect(await counter.consume("bob", 3)).toMatchObject({ isAllowed: false });
			await counter.reset("ann");
			expect(await counter.consume("ann")).toMatchObject({ isAllowed: true, left: 1 });
			expect((await client?.keys("*ann*")) ?? []).toEqual([]);
		});

		test("of many attempts at once no more than allowed pass", async () => {
			const { env } = await open();
			const client = env.redisUrl === undefined ? undefined : new Redis(env.redisUrl);
			onTestFinished(() => client?.disconnect());
			if (client) await until(() => client.status === "ready");
			// Two nodes, where they share the counts.
			const window = { name: "codes", points: 5, seconds: 60 };
			const first = attemptCounter(client, window);
			const counters = [first, client ? attemptCounter(client, window) : first];
			const all = await Promise.all(
				Array.from({ length: 40 }, (_, at) => counters[at % 2]?.consume("ann"))
			);
			expect(all.filter((attempt) => attempt?.isAllowed).length).toBe(5);
		});
	});
}

test("without its redis a node counts for itself", async () => {
	const nobody = `redis://127.0.0.1:${await freePort()}`;
	const client = openRedis(nobody, new ServiceBroker({ logger: false }).logger);
	onTestFinished(() => client.disconnect());
	const counter = attemptCounter(client, { name: "sign-in", points: 1, seconds: 60 });
	expect(await counter.consume("ann")).toMatchObject({ isAllowed: true });
	expect(await counter.consume("ann")).toMatchObject({ isAllowed: false });
	await counter.reset("ann");
	expect(await counter.consume("ann")).toMatchObject({ isAllowed: true });
});

test.each([
	["10.1.2.3", "10.1.2.3"],
	["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
	["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
	["2001:db8::1", "2001:db8:0:0::/64"],
	["::1", "0:0:0:0::/64"],
	["fe80::1%eth0", "fe80:0:0:0::/64"],
	["::ffff:10.1.2.3", "10.1.2.3"],
	["not an address", "not an address"]
])("%s counts as %s", (address, network) => {
	expect(networkOf(address)).toBe(network);
});
