/**
 * A contender in a process of its own, for lease.faults.test.ts. It writes a line for each thing
 * that happens, and `pause` on its input stops it at a known point: right after a look at the
 * lease, which is as bad a moment as there is.
 */
import { createInterface } from "node:readline";
import { type Service, ServiceBroker, type ServiceSchema } from "moleculer";
import { brokerOptions } from "../../config/broker.ts";
import { loadEnv } from "../../config/env.ts";
import { type Leases, lease } from "./index.ts";

const [, , redisUrl = "", ttlMs = ""] = process.argv;
const say = (what: string, token?: number) => console.log(JSON.stringify({ what, token }));

const env = loadEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", REDIS_URL: redisUrl });
const broker = new ServiceBroker(brokerOptions(env, { logger: false }));
const schema = { name: "contender", mixins: [lease()] } as ServiceSchema;
const service = broker.createService(schema) as Service & { lease: Leases };
await broker.start();

const held = await service.lease.hold("sweep", {
	ttlMs: Number(ttlMs),
	onGained: (token: number) => say("gained", token),
	onLost: () => say("lost")
});

const look = (): void => {
	try {
		say("ensured", held.ensure());
	} catch {
		say("refused");
	}
};

const commands: Record<string, () => unknown> = {
	look,
	pause() {
		look();
		process.kill(process.pid, "SIGSTOP");
		look();
	},
	stop: () => broker.stop().then(() => process.exit())
};

for await (const line of createInterface({ input: process.stdin })) commands[line]?.();
