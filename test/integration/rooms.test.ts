/** Rooms as a host, a fan and a media node meet them, on one process and on a cluster. */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type Person, post, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Room {
	readonly id: string;
	readonly status: string;
	readonly onAir: boolean;
	readonly viewers: number;
	readonly peakViewers: number;
	readonly host: { readonly id: string };
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`rooms on ${platform.name}`, () => {
		let host: Person;
		let fan: Person;
		let hops = 0;
		/** Each request goes to the next edge: nothing may depend on staying with one. */
		const edge = () => platform.edges[hops++ % platform.edges.length] ?? "";

		async function call<T>(who: Person | undefined, method: string, path: string, body?: object) {
			const answer = await fetch(`${edge()}/api${path}`, {
				method,
				headers: {
					"content-type": "application/json",
					...(who ? { authorization: `Bearer ${who.accessToken}` } : {})
				},
				...(body ? { body: JSON.stringify(body) } : {})
			});
			return { status: answer.status, body: (await answer.json()) as T };
		}
		const good = async <T>(
			who: Person | undefined,
			method: string,
			path: string,
			body?: object
		) => {
			const answer = await call<T>(who, method, path, body);
			expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
			return answer.body;
		};
		const view = (id: string, viewerId: string, who?: Person) =>
			good<Room>(who, "POST", `/rooms/${id}/views`, { viewerId });

		beforeAll(async () => {
			[host, fan] = await Promise.all([signUp(edge()), signUp(edge())]);
			await post(edge(), "/users/me/host", {}, host.accessToken);
		});

		it("a host makes a room, goes live, is watched, and ends; everybody sees it", async () => {
			const category = `c${randomBytes(5).toString("hex")}`;
			const made = await call<Room>(host, "POST", "/rooms", { title: "Tea", category });
			expect(made).toMatchObject({ status: 201, body: { status: "scheduled", onAir: false } });
			const { id } = made.body;
			const key = await good<{ url: string; key: string }>(host, "POST", `/rooms/${id}/stream-key`);
			expect(key.url).toMatch(/^rtmp:\/\/.+\/live$/);
			expect(key.key.startsWith(`${id}?k=`)).toBe(true);
			expect((await good<Room>(host, "POST", `/rooms/${id}/start`)).status).toBe("live");
			expect(await good(undefined, "GET", `/rooms/${id}/playback`)).toEqual({ sources: [] });
			expect(await good(host, "GET", `/rooms/${id}/signal`)).toMatchObject({ onAir: false });

			const listed = async () => {
				const path = `/rooms?status=live,paused&category=${category}`;
				return (await good<{ items: Room[] }>(undefined, "GET", path)).items;
			};
			await until(async () => (await listed()).some((room) => room.id === id));
			const pages = ["page-0001", "page-0002", "page-0003"];
			for (const page of pages) await view(id, page);
			await view(id, "fans-phone", fan);
			expect(await view(id, "fans-laptop", fan)).toMatchObject({ status: "live", viewers: 4 });
			// Counted by one node, seen by all; then they leave without a word.
			await until(async () => (await listed())[0]?.viewers === 4);
			await until(async () => (await listed())[0]?.viewers === 0, 20_000);

			expect((await good<Room>(host, "POST", `/rooms/${id}/end`)).status).toBe("ended");
			await until(async () => (await view(id, "page-0001")).status === "ended");
			const room = await good<Room>(undefined, "GET", `/rooms/${id}`);
			expect(room).toMatchObject({ status: "ended", viewers: 0, peakViewers: 4 });
			expect(await good(undefined, "GET", `/rooms/${id}/sessions`)).toMatchObject({
				items: [{ endReason: "host", peakViewers: 4 }]
			});
		});

		it("keeps others out of a room", async () => {
			const { id } = await good<Room>(host, "POST", "/rooms", { title: "Mine" });
			await post(edge(), "/users/me/host", {}, fan.accessToken);
			for (const act of ["start", "pause", "end", "stream-key"]) {
				const answer = await call(fan, "POST", `/rooms/${id}/${act}`);
				expect(answer.status, act).toBe(404);
			}
			expect((await call(fan, "PATCH", `/rooms/${id}`, { title: "Yours" })).status).toBe(404);
			expect((await call(undefined, "POST", `/rooms/${id}/start`)).status).toBe(401);
		});

		it("a host is live in one room at a time, and a ban ends it", async () => {
			const first = await good<Room>(host, "POST", "/rooms", { title: "One" });
			const second = await good<Room>(host, "POST", "/rooms", { title: "Two" });
			const starts = await Promise.all(
				Array.from({ length: 20 }, (_, index) =>
					call<Room>(host, "POST", `/rooms/${[first.id, second.id][index % 2]}/start`)
				)
			);
			const live = new Set(starts.filter(({ status }) => status === 200).map((one) => one.body.id));
			expect(live.size).toBe(1);
			expect(starts.filter(({ status }) => status === 409)).toHaveLength(10);
			const operator = await signUp(edge(), "operator");
			const [id = ""] = live;
			await good(operator, "POST", `/admin/users/${host.id}/ban`, { reason: "A test" });
			await until(
				async () => (await good<Room>(undefined, "GET", `/rooms/${id}`)).status === "ended"
			);
			await good(operator, "POST", `/admin/users/${host.id}/unban`, {});
		});

		it("people follow hosts, and see how many others do", async () => {
			const path = `/users/${host.id}/follow`;
			expect(await good(fan, "PUT", path)).toEqual({ following: true, fans: 1 });
			expect(await good(undefined, "GET", path)).toEqual({ following: false, fans: 1 });
			expect(await good(fan, "GET", "/follows/live")).toEqual({ items: [] });
			expect(await good(fan, "GET", "/follows/notices")).toEqual({ items: [], nextCursor: null });
			expect(await good(fan, "DELETE", path)).toEqual({ following: false, fans: 0 });
		});
	});
}
