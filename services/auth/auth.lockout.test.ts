import { describe, expect, it, onTestFinished } from "vitest";
import { limits } from "../../config/limits.ts";
import { openRedis } from "../../mixins/redis.ts";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { type Guesser, Lockout } from "./auth.lockout.ts";

const silent = { warn() {}, info() {} } as unknown as Parameters<typeof openRedis>[1];
const locked = { type: "LOCKED_OUT", code: 429, data: { retryAfterMs: expect.any(Number) } };

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`Lockout in ${backend.name}`, () => {
		async function open(): Promise<Lockout> {
			const { env, close } = await backend.open();
			onTestFinished(close);
			if (!env.redisUrl) return new Lockout(undefined);
			const client = openRedis(env.redisUrl, silent);
			onTestFinished(() => client.disconnect());
			await until(() => client.status === "ready");
			return new Lockout(client);
		}
		const fail = async (lockout: Lockout, times: number, who: (n: number) => Guesser) => {
			for (let n = 0; n < times; n++) await lockout.countFailure(who(n));
		};
		const alice = { name: "alice", address: "192.0.2.1" };

		it("locks a name for the address that guesses, not for its owner elsewhere", async () => {
			const lockout = await open();
			await fail(lockout, limits.failuresPerNameAndAddressMax - 1, () => alice);
			await lockout.admit(alice);
			await fail(lockout, 1, () => alice);
			await expect(lockout.admit(alice)).rejects.toMatchObject(locked);
			await lockout.admit({ name: "alice", address: "192.0.2.2" });
			await lockout.admit({ name: "bob", address: "192.0.2.1" });
		});

		it("locks a name that is guessed from everywhere", async () => {
			const lockout = await open();
			const from = (n: number) => ({ name: "alice", address: `198.51.100.${n}` });
			await fail(lockout, limits.failuresPerNameMax, from);
			await expect(lockout.admit({ name: "alice", address: "203.0.113.9" })).rejects.toMatchObject(
				locked
			);
			await lockout.admit({ name: "bob", address: "203.0.113.9" });
		});

		it("locks an address that tries all names, and all of an IPv6 network", async () => {
			const lockout = await open();
			const trying = (n: number) => ({ name: `user${n}`, address: `2001:db8::${n.toString(16)}` });
			await fail(lockout, limits.failuresPerAddressMax, trying);
			await expect(lockout.admit(trying(5_000))).rejects.toMatchObject(locked);
			await lockout.admit({ name: "user1", address: "2001:db8:0:1::1" });
		});

		it("the right password forgives the pair only", async () => {
			const lockout = await open();
			await fail(lockout, limits.failuresPerNameAndAddressMax - 1, () => alice);
			await lockout.forgive(alice);
			await fail(lockout, limits.failuresPerNameAndAddressMax - 1, () => alice);
			await lockout.admit(alice);
		});
	});
}
