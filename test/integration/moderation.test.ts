/** Restrictions and forbidden words as hosts, viewers and operators meet them, on any edge. */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Person, post, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { type CallError, SocketClient } from "../harness/socket-clients.ts";
import { until } from "../harness/until.ts";

interface Restriction {
	readonly userId: string;
	readonly kind: string;
	readonly byOperator: boolean;
	readonly until: string | null;
}
interface Page<T> {
	readonly items: readonly T[];
	readonly nextCursor: string | null;
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`moderation on ${platform.name}`, () => {
		let host: Person;
		let fan: Person;
		let operator: Person;
		let room: string;
		let hops = 0;
		const edge = () => platform.edges[hops++ % platform.edges.length] ?? "";

		async function call<T>(who: Person, method: string, path: string, body?: object) {
			const answer = await fetch(`${edge()}/api${path}`, {
				method,
				headers: {
					"content-type": "application/json",
					authorization: `Bearer ${who.accessToken}`
				},
				...(body ? { body: JSON.stringify(body) } : {})
			});
			return { status: answer.status, body: (await answer.json()) as T };
		}
		const refused = (status: number, code: string) => ({ status, body: { error: { code } } });
		const restrictions = () => `/rooms/${room}/restrictions`;
		const held = async () => {
			const { body } = await call<Page<Restriction>>(host, "GET", restrictions());
			return body.items.map(({ userId, kind, byOperator }) => ({ userId, kind, byOperator }));
		};
		const standing = async () => (await call(fan, "GET", `/rooms/${room}/standing`)).body;
		const free = { mayStay: true, maySpeak: true, until: null };

		beforeAll(async () => {
			[host, fan, operator] = await Promise.all([
				signUp(edge()),
				signUp(edge()),
				signUp(edge(), "operator")
			]);
			await post(edge(), "/users/me/host", {}, host.accessToken);
			room = (await post<{ id: string }>(edge(), "/rooms", { title: "Tea" }, host.accessToken)).id;
		});

		it("a host mutes, bans and kicks in their room, and lifts it", async () => {
			const body = { userId: fan.id, kind: "mute", seconds: 600, reason: "Shouts" };
			const muted = await call<Restriction>(host, "POST", restrictions(), body);
			expect(muted).toMatchObject({
				...{ status: 200 },
				body: { roomId: room, userId: fan.id, kind: "mute", reason: "Shouts", by: host.id }
			});
			expect(await standing()).toEqual({ ...free, maySpeak: false, until: muted.body.until });
			await call(host, "POST", restrictions(), { userId: fan.id, kind: "kick" });
			expect(await standing()).toMatchObject({ mayStay: false, maySpeak: false });
			expect(await held()).toEqual([
				{ userId: fan.id, kind: "kick", byOperator: false },
				{ userId: fan.id, kind: "mute", byOperator: false }
			]);
			const lifted = await call(host, "DELETE", `${restrictions()}/${fan.id}`);
			expect(lifted).toEqual({ status: 200, body: {} });
			expect([await held(), await standing()]).toEqual([[], free]);
		});

		it("others find no such room, and neither host nor operator can be restricted", async () => {
			const ban = (userId: string) => ({ userId, kind: "ban" });
			const post = (who: Person, userId: string) => call(who, "POST", restrictions(), ban(userId));
			expect(await post(fan, host.id)).toMatchObject(refused(404, "NOT_FOUND"));
			expect(await post(operator, fan.id)).toMatchObject(refused(404, "NOT_FOUND"));
			expect(await post(host, host.id)).toMatchObject(refused(422, "CANNOT_RESTRICT_SELF"));
			expect(await post(host, operator.id)).toMatchObject(refused(403, "CANNOT_RESTRICT_OPERATOR"));
			expect(await call(fan, "GET", restrictions())).toMatchObject(refused(404, "NOT_FOUND"));
			const path = `${restrictions()}/${fan.id}`;
			expect(await call(fan, "DELETE", path)).toMatchObject(refused(404, "NOT_FOUND"));
			expect(await held()).toEqual([]);
		});

		it("an operator restricts anybody, in a room or everywhere; hosts cannot undo it", async () => {
			const admin = "/admin/restrictions";
			const body = { userId: fan.id, reason: "A test" };
			const ban = { ...body, roomId: room, kind: "ban" };
			expect((await call(operator, "POST", admin, ban)).status).toBe(200);
			expect((await call(host, "DELETE", `${restrictions()}/${fan.id}`)).status).toBe(200);
			expect(await held()).toEqual([{ userId: fan.id, kind: "ban", byOperator: true }]);
			const lifted = await call(operator, "DELETE", `${admin}/${fan.id}?roomId=${room}`);
			expect(lifted).toEqual({ status: 200, body: {} });
			expect(await standing()).toEqual(free);

			const everywhere = { ...body, kind: "mute", seconds: 600 };
			expect((await call(operator, "POST", admin, everywhere)).status).toBe(200);
			expect(await standing()).toMatchObject({ mayStay: true, maySpeak: false });
			expect((await call(operator, "DELETE", `${admin}/${fan.id}`)).status).toBe(200);
			expect(await standing()).toEqual(free);
			const nowhere = { ...body, kind: "ban" };
			expect((await call(operator, "POST", admin, nowhere)).status).toBe(422);
			expect(await call(host, "POST", admin, ban)).toMatchObject(refused(403, "FORBIDDEN"));
		});

		it("silences and sends away on every edge at once, also who connects anew", async () => {
			await call(host, "POST", `/rooms/${room}/start`);
			const connect = async (url: string, device: string) => {
				const auth = { token: fan.accessToken, deviceId: `device-${device}` };
				const client = new SocketClient(url, { auth, transports: ["websocket"] });
				onTestFinished(() => client.close());
				return client.ready();
			};
			const clients = await Promise.all(
				[0, 1].map((index) => connect(platform.edges[index] ?? edge(), `${index}`))
			);
			const enter = (client: SocketClient) => client.call("im.enter", { roomId: room });
			await Promise.all(clients.map(enter));
			/** What each of them is answered. */
			const said = () =>
				Promise.all(
					clients.map((client) => {
						const clientId = randomBytes(8).toString("hex");
						return client.call("im.say", { roomId: room, clientId, text: "Hello" }).then(
							() => "said",
							(error: CallError) => error.code
						);
					})
				);
			expect(await said()).toEqual(["said", "said"]);
			await call(host, "POST", restrictions(), { userId: fan.id, kind: "mute" });
			await until(async () => (await said()).every((answer) => answer === "MUTED"));
			await call(host, "DELETE", `${restrictions()}/${fan.id}`);
			await until(async () => (await said()).every((answer) => answer === "said"));
			await call(host, "POST", restrictions(), { userId: fan.id, kind: "ban" });
			const isOut = (client: SocketClient) =>
				client.ofKind("room").some(({ body }) => body.type === "banned");
			await until(() => clients.every(isOut));
			const again = await connect(edge(), "again");
			for (const client of [...clients, again]) {
				await expect(enter(client)).rejects.toMatchObject({ code: "BANNED_FROM_ROOM" });
			}
			await call(host, "DELETE", `${restrictions()}/${fan.id}`);
			await until(async () => Boolean(await enter(again)));
			await call(host, "POST", `/rooms/${room}/end`);
		});

		it("is in the audit log", async () => {
			interface Entry {
				readonly action: string;
				readonly actorId: string;
				readonly params: unknown;
			}
			await until(async () => {
				const { body } = await call<Page<Entry>>(operator, "GET", "/admin/audit?limit=100");
				return body.items.some(
					({ action, params }) =>
						action === "moderation.restrictAnywhere" && JSON.stringify(params).includes(fan.id)
				);
			});
		});

		it("keeps one spelling of a forbidden word, until it is allowed again", async () => {
			const word = `bad${randomBytes(5).toString("hex")}`;
			const [path, body] = ["/admin/words", { word: `${word.toUpperCase()}\u200b 加微信` }];
			const kept = { word: `${word} 加微信` };
			expect(await call(operator, "POST", path, body)).toEqual({ status: 200, body: kept });
			const listed = async () => {
				const answer = await call<Page<{ word: string }>>(operator, "GET", path);
				return answer.body.items.map((item) => item.word);
			};
			expect(await listed()).toContain(kept.word);
			expect(await call(fan, "POST", path, body)).toMatchObject(refused(403, "FORBIDDEN"));
			expect((await call(operator, "POST", `${path}/allow`, body)).status).toBe(200);
			expect(await listed()).not.toContain(kept.word);
		});
	});
}
