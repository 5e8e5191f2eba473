/**
 * Sends every published action of every contract what no honest client sends. The answer must be a
 * clear refusal in the one form, nothing may have changed, leaked or died.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allContracts } from "../../services/contracts.ts";
import { type Person, post, signUp } from "../harness/people.ts";
import { type RunningPlatform, startEmbedded } from "../harness/platforms.ts";
import { expectRefusal } from "../harness/refusal.ts";
import { badParams, type JsonSchema, requiredSamples } from "../harness/samples.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { snapshot } from "../harness/snapshot.ts";

const published = allContracts.flatMap((contract) =>
	Object.entries(contract.actions).flatMap(([name, action]) => {
		if (!action.rest) return [];
		const [method = "", path = ""] = action.rest.split(" ");
		const schema = action.params as JsonSchema;
		const base = action.download ? "" : "/api";
		return [{ name: `${contract.name}.${name}`, action, method, path: base + path, schema }];
	})
);

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`hostile params on ${platform.name}`, () => {
		let edge = platform.edges[0] ?? "";
		let user: Person;
		let host: Person;
		let operator: Person;
		// One platform that nobody else writes to, so that "nothing changed" can be seen.
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-hostile-"));
		let own: RunningPlatform | undefined;
		let before: Record<string, unknown[]>;

		beforeAll(async () => {
			if (platform.name === "embedded") own = await startEmbedded(folder);
			edge = own?.edges[0] ?? edge;
			user = await signUp(edge);
			host = await signUp(edge);
			await post(edge, "/users/me/host", {}, host.accessToken);
			operator = await signUp(edge, "operator");
			if (own) before = await snapshot(folder);
		});

		afterAll(async () => {
			expect((await fetch(`${edge}/api/health`)).status).toBe(200);
			if (own) expect(await snapshot(folder)).toEqual(before);
			await own?.stop();
			rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		});

		const call = (method: string, path: string, token: string | undefined, body?: string) =>
			fetch(`${edge}${path}`, {
				method,
				headers: {
					"content-type": "application/json",
					"idempotency-key": crypto.randomUUID(),
					...(token ? { authorization: `Bearer ${token}` } : {})
				},
				...(body !== undefined && method !== "GET" ? { body } : {})
			});

		for (const { name, action, method, path, schema } of published) {
			const inPath = [...path.matchAll(/:(\w+)/g)].map(([, param = ""]) => param);
			const good = requiredSamples(schema);
			const goodPath = path.replace(/:(\w+)/g, (_, param) =>
				encodeURIComponent(String(good[param]))
			);
			const callers = { host: () => host, operator: () => operator };
			const tokenFor = () => (callers[action.auth as keyof typeof callers]?.() ?? user).accessToken;

			it(`${name} refuses bad params`, async () => {
				for (const { why, body } of badParams(schema)) {
					const sent = method === "GET" || method === "DELETE" ? undefined : body;
					const parsed = JSON.parse(body) as Record<string, unknown>;
					// What the path carries is right here; the next test sends it wrong.
					if (sent === undefined || inPath.some((param) => why.startsWith(param))) continue;
					for (const param of inPath) delete parsed[param];
					const text = why === "__proto__" ? body : JSON.stringify(parsed);
					const answer = await call(method, goodPath, tokenFor(), text);
					// 404: what the path names does not exist, which some actions look at first.
					await expectRefusal(answer, [400, 404, 422], `${name}: ${why}`);
				}
			});

			it(`${name} refuses bad text in path and query`, async () => {
				const texts = [
					"0",
					"-1",
					"1e9",
					"9".repeat(17),
					"%00",
					"%F0%9F%92%A9",
					"..%2F..%2Fetc",
					"'%20OR%201=1--"
				];
				for (const text of texts) {
					for (const param of inPath) {
						const bad = goodPath.replace(encodeURIComponent(String(good[param])), text);
						await expectRefusal(
							await call(method, bad, tokenFor(), "{}"),
							[400, 404, 422],
							`${name}: ${bad}`
						);
					}
				}
				const unknown = await call(
					method,
					`${goodPath}?surprise=1&__proto__[x]=1`,
					tokenFor(),
					JSON.stringify(good)
				);
				await expectRefusal(unknown, [422, 400], `${name}: unknown query`);
			});

			if (action.auth === "public") continue;

			it(`${name} refuses callers without the right`, async () => {
				await expectRefusal(await call(method, goodPath, undefined, "{}"), [401], `${name}: guest`);
				await expectRefusal(
					await call(method, goodPath, "nonsense", "{}"),
					[401],
					`${name}: bad token`
				);
				if (action.auth !== "operator") return;
				const answer = await call(method, goodPath, user.accessToken, JSON.stringify(good));
				await expectRefusal(answer, [403, 422], `${name}: not an operator`);
			});
		}
	});
}
