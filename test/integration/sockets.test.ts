/** The sign-in of a socket and its end; on a cluster the call goes to another edge. */
import { io, type Socket } from "socket.io-client";
import { afterEach, describe, expect, it } from "vitest";
import { type Person, post, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Watched {
	readonly socket: Socket;
	/** Kinds of the `session` notices, in order, without `ready`. */
	readonly notices: string[];
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`sockets on ${platform.name}`, () => {
		const [here = "", there = here] = platform.edges;
		const open: Socket[] = [];

		afterEach(() => {
			for (const socket of open.splice(0)) socket.disconnect();
		});

		async function connect(auth: object): Promise<Watched> {
			const socket = io(there, { auth, transports: ["websocket"], reconnection: false });
			open.push(socket);
			const notices: string[] = [];
			socket.on("session", ({ kind }: { kind: string }) => {
				if (kind !== "ready") notices.push(kind);
			});
			await new Promise<void>((resolve, reject) => {
				socket.on("connect", resolve);
				socket.on("connect_error", reject);
			});
			return { socket, notices };
		}

		const callAs = (person: Person, method: string, path: string) =>
			fetch(`${here}/api${path}`, {
				method,
				headers: { authorization: `Bearer ${person.accessToken}` }
			});

		it("takes guests, and users by their token", async () => {
			const guest = await connect({});
			const person = await connect({ token: (await signUp(here)).accessToken });
			expect(guest.socket.connected && person.socket.connected).toBe(true);
		});

		it.each([["nonsense"], [{ $ne: 1 }], [["a"]], ["a.b.c"]])(
			"refuses the token %j with a code and nothing else",
			async (token) => {
				const refused = connect({ token });
				await expect(refused).rejects.toMatchObject({
					data: { code: expect.stringMatching(/^(INVALID_TOKEN|UNAUTHENTICATED)$/) }
				});
			}
		);

		it("closes the socket when its session is signed out", async () => {
			const person = await signUp(here);
			const { socket, notices } = await connect({ token: person.accessToken });
			expect((await callAs(person, "DELETE", "/auth/sessions/current")).status).toBe(204);
			await until(() => !socket.connected, 2_000);
			expect(notices).toEqual(["kicked"]);
			await expect(connect({ token: person.accessToken })).rejects.toMatchObject({
				data: { code: "SESSION_ENDED" }
			});
		});

		it("closes only the device that was ended", async () => {
			const phone = await signUp(here);
			const { username, password } = phone;
			const laptop = await post<Person>(here, "/auth/sessions", { username, password });
			const [onPhone, onLaptop] = await Promise.all([
				connect({ token: phone.accessToken }),
				connect({ token: laptop.accessToken })
			]);
			const list = await callAs(phone, "GET", "/auth/sessions");
			const { items } = (await list.json()) as { items: { id: string; current: boolean }[] };
			const other = items.find(({ current }) => !current)?.id;
			expect((await callAs(phone, "DELETE", `/auth/sessions/${other}`)).status).toBe(204);
			await until(() => !onLaptop.socket.connected, 2_000);
			expect([onPhone.socket.connected, onPhone.notices]).toEqual([true, []]);
		});

		it("closes every socket of a banned user", async () => {
			const operator = await signUp(here, "operator");
			const person = await signUp(here);
			const { socket, notices } = await connect({ token: person.accessToken });
			await post(here, `/admin/users/${person.id}/ban`, { reason: "test" }, operator.accessToken);
			await until(() => !socket.connected, 5_000);
			expect(notices).toEqual(["banned"]);
			expect((await callAs(person, "GET", "/users/me")).status).toBe(401);
		});

		it("answers no call that the contract does not list", async () => {
			const { socket } = await connect({});
			const answer = new Promise((resolve) => {
				socket.emit("call", "$node.list", {}, (...values: unknown[]) => resolve(values));
			});
			expect(await answer).toEqual([{ code: "NOT_FOUND", message: expect.any(String) }]);
			expect(socket.connected).toBe(true);
		});
	});
}
