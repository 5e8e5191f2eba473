/** What becomes of a room reaches all in it: host → outbox → bus → notices → the room's log. */
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Person, post, signUp } from "../harness/people.ts";
import { RtmpClient } from "../harness/rtmp/client.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { SocketClient } from "../harness/socket-clients.ts";
import { until } from "../harness/until.ts";

interface Envelope {
	readonly id: string;
	readonly kind: string;
	readonly class: string;
	readonly roomId: string;
	readonly body: { readonly type: string; readonly at: string; readonly reason?: string };
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`notices on ${platform.name}`, () => {
		let host: Person;
		let hops = 0;
		const edge = () => platform.edges[hops++ % platform.edges.length] ?? "";

		beforeAll(async () => {
			host = await signUp(edge());
			await post(edge(), "/users/me/host", {}, host.accessToken);
		});

		it("the room hears that its show is paused and over, once each", async () => {
			const act = (path: string) => post<{ id: string }>(edge(), path, {}, host.accessToken);
			const title = { title: "Tea" };
			const { id } = await post<{ id: string }>(edge(), "/rooms", title, host.accessToken);
			const told = async () => {
				const answer = await fetch(`${edge()}/api/rooms/${id}/messages`);
				const { items } = (await answer.json()) as { items: Envelope[] };
				return items.filter(({ kind }) => kind === "room");
			};
			await act(`/rooms/${id}/start`);
			await act(`/rooms/${id}/pause`);
			await until(async () => (await told()).length === 1);
			await act(`/rooms/${id}/end`);
			await until(async () => (await told()).length === 2);
			const items = await told();
			expect(items.map(({ body }) => body)).toEqual([
				{ type: "paused", at: expect.any(String) },
				{ type: "ended", reason: "host", at: expect.any(String) }
			]);
			for (const item of items) expect(item).toMatchObject({ class: "reliable", roomId: id });
			expect(new Set(items.map((item) => item.id)).size).toBe(2);
		});

		it("followers who are connected hear that a host went live, the room too", async () => {
			const fan = await signUp(edge());
			const follow = await fetch(`${edge()}/api/users/${host.id}/follow`, {
				method: "PUT",
				headers: { authorization: `Bearer ${fan.accessToken}` }
			});
			expect(follow.status).toBe(200);
			const act = <T>(path: string, body = {}) => post<T>(edge(), path, body, host.accessToken);
			const { id } = await act<{ id: string }>("/rooms", { title: "Tea" });
			const connect = async (auth: object) => {
				const client = new SocketClient(edge(), { auth, transports: ["websocket"] });
				onTestFinished(() => client.close());
				return client.ready();
			};
			const atHome = await connect({ token: fan.accessToken, deviceId: "device-at-home" });
			const inRoom = await connect({ deviceId: "device-in-room" });
			await inRoom.call("im.enter", { roomId: id });

			const { url, key } = await act<{ url: string; key: string }>(`/rooms/${id}/stream-key`);
			await act(`/rooms/${id}/start`);
			const encoder = new RtmpClient(Number(new URL(url).port));
			onTestFinished(() => encoder.destroy());
			expect(await encoder.publish(key)).toBe(true);
			encoder.show("HOST");
			await until(() => atHome.ofKind("system").length === 1);
			expect(atHome.ofKind("system")[0]).toMatchObject({
				...{ class: "ephemeral" },
				body: { type: "went-live", roomId: id, title: "Tea", host: { id: host.id } }
			});
			const types = () => inRoom.ofKind("room").map(({ body }) => body.type);
			await until(() => types().includes("live"));
			expect(inRoom.ofKind("system")).toEqual([]);
			await act(`/rooms/${id}/end`);
			await until(() => types().at(-1) === "ended");
		});
	});
}
