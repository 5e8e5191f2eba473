/** Recharging on the platform as it is run: its sandbox beside it, its callbacks over its edges. */
import { describe, expect, it } from "vitest";
import { type Person, signUp } from "../harness/people.ts";
import { press } from "../harness/sandbox.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Recharge {
	readonly id: string;
	readonly status: string;
	readonly checkoutUrl: string;
	readonly coins: number;
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`recharging on ${platform.name}`, () => {
		const ask = async (edge: string, path: string, who: Person, init: RequestInit = {}) => {
			const headers = {
				"content-type": "application/json",
				authorization: `Bearer ${who.accessToken}`,
				...(init.headers as Record<string, string> | undefined)
			};
			return fetch(`${edge}/api${path}`, { ...init, headers });
		};

		it("pays, sees the coins on any edge, and keys mean what they say", async () => {
			const [first = "", last = platform.edges.at(-1) ?? ""] = platform.edges;
			const who = await signUp(first);
			const wish = (body: object, key?: string) =>
				ask(first, "/recharges", who, {
					method: "POST",
					headers: key ? { "idempotency-key": key } : {},
					body: JSON.stringify(body)
				});
			const body = { packageId: "2", provider: "sandbox" };
			expect((await wish(body)).status).toBe(400);
			const made = await wish(body, "one");
			expect(made.status).toBe(201);
			const recharge = (await made.json()) as Recharge;
			expect(await (await wish(body, "one")).json()).toEqual(recharge);
			expect((await wish({ ...body, packageId: "1" }, "one")).status).toBe(409);
			await press("pay", recharge.checkoutUrl, { switches: ["duplicate"] });
			await until(async () => {
				const answer = await ask(last, `/recharges/${recharge.id}`, who);
				return ((await answer.json()) as Recharge).status === "succeeded";
			});
			const wallet = await ask(last, "/wallet", who);
			expect(await wallet.json()).toMatchObject({ balance: recharge.coins });
			const list = await ask(first, "/recharges?limit=5", who);
			expect(await list.json()).toMatchObject({
				items: [{ id: recharge.id, status: "succeeded" }],
				nextCursor: null
			});
		});
	});
}
