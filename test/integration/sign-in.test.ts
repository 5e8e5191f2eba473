/** U1 to U6 and U11 over HTTP, as a client meets them: people sign in, stay, leave. */
import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Person, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Session {
	readonly accessToken: string;
	readonly refreshToken: string;
	readonly expiresIn: number;
	readonly user: { readonly id: string; readonly phone: string | null; readonly tags: string[] };
}

interface Answer<T> {
	readonly status: number;
	readonly body: T & { readonly error: { readonly code: string; readonly message: string } };
}

const newPhone = () => `+1555${randomInt(1_000_000, 9_999_999)}`;
const wrong = (code: string, offset: number) =>
	String((Number(code) + offset) % 1_000_000).padStart(6, "0");

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`signing in on ${platform.name}`, () => {
		let turn = 0;
		/** Each request goes to the next edge: nothing may depend on staying with one. */
		async function request<T = Session>(
			line: string,
			{ body, token }: { body?: object; token?: string | undefined } = {}
		): Promise<Answer<T>> {
			const [method = "GET", path = ""] = line.split(" ");
			turn += 1;
			const response = await fetch(`${platform.edges[turn % platform.edges.length]}/api${path}`, {
				method,
				headers: {
					"content-type": "application/json",
					...(token ? { authorization: `Bearer ${token}` } : {})
				},
				...(body ? { body: JSON.stringify(body) } : {})
			});
			const text = await response.text();
			return { status: response.status, body: text ? JSON.parse(text) : undefined };
		}

		async function codeFor(phone: string): Promise<string> {
			const asked = await request<object>("POST /auth/codes", { body: { phone } });
			expect(asked).toEqual({ status: 202, body: { expiresIn: 300, resendIn: 60 } });
			const { body } = await request<{ items: { code: string; phone: string }[] }>(
				`GET /dev/messages?phone=${encodeURIComponent(phone)}`
			);
			expect(body.items[0]?.phone).toBe(phone);
			return body.items[0]?.code ?? "";
		}

		const signIn = (phone: string, code: string, deviceName?: string) =>
			request("POST /auth/sessions", { body: { phone, code, ...(deviceName && { deviceName }) } });
		const statusOf = async (line: string, token: string) => (await request(line, { token })).status;

		it("a phone and its code make an account, and find it again by another spelling", async () => {
			const phone = newPhone();
			const code = await codeFor(phone);
			const first = await signIn(phone, code);
			expect(first.status).toBe(200);
			expect(first.body).toMatchObject({ expiresIn: 600, user: { tags: [] } });
			expect(first.body.user.phone).toMatch(/^\+155\*+\d{3}$/);
			const token = first.body.accessToken;
			expect((await request("GET /users/me", { token })).body).toEqual(first.body.user);

			expect((await signIn(phone, code)).body.error.code).toBe("INVALID_CODE");
			const again = await request("POST /auth/codes", {
				body: { phone: phone.replace("+1", "+1 ") }
			});
			expect(again).toMatchObject({ status: 429, body: { error: { code: "CODE_SENT_LATELY" } } });
		});

		it("200 sign-ins with the first code of a phone at once are one account", async () => {
			const phone = newPhone();
			const code = await codeFor(phone);
			const answers = await Promise.all(Array.from({ length: 200 }, () => signIn(phone, code)));
			const good = answers.filter(({ status }) => status === 200);
			expect(new Set(good.map(({ body }) => body.user.id)).size).toBe(1);
			expect(answers.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
		});

		it("a code is not found by trying, not even by a hundred tries at once", async () => {
			const phone = newPhone();
			const code = await codeFor(phone);
			const guesses = Array.from({ length: 100 }, (_, n) => signIn(phone, wrong(code, n + 1)));
			for (const { status } of await Promise.all(guesses)) expect(status).not.toBe(200);
			expect((await signIn(phone, code)).body.error.code).toBe("INVALID_CODE");
		});

		it("a name is taken once, and nothing tells which names exist", async () => {
			const person = await signUp(platform.edges[0] ?? "");
			const register = {
				username: person.username.toUpperCase(),
				password: "12345678",
				nickname: "B"
			};
			const taken = await request("POST /auth/register", { body: register });
			expect(taken).toMatchObject({ status: 409, body: { error: { code: "USERNAME_TAKEN" } } });
			const tryName = (username: string, password: string) =>
				request("POST /auth/sessions", { body: { username, password } });
			const wrongPassword = await tryName(person.username, "not the password");
			const unknownName = await tryName(`${person.username}-x`, "not the password");
			expect(wrongPassword.status).toBe(401);
			expect(unknownName.status).toBe(401);
			expect(unknownName.body.error).toMatchObject({
				code: wrongPassword.body.error.code,
				message: wrongPassword.body.error.message
			});
			expect((await tryName(person.username, person.password)).body.user.id).toBe(person.id);
		});

		it("a lost answer to a refresh is given again, to many at once too", async () => {
			const { refreshToken } = await signUp(platform.edges[0] ?? "");
			const refresh = (token: string) =>
				request("POST /auth/refresh", { body: { refreshToken: token } });
			const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
			expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
			const successors = new Set(answers.map(({ body }) => body.refreshToken));
			expect(successors.size).toBe(1);
			const [next = ""] = successors;
			const after = await refresh(next);
			expect(after.status).toBe(200);
			expect(await statusOf("GET /users/me", after.body.accessToken)).toBe(200);
			expect((await refresh("A".repeat(43))).body.error.code).toBe("INVALID_REFRESH_TOKEN");
		});

		it("devices are listed and ended by their user only", async () => {
			const person = await signUp(platform.edges[0] ?? "");
			const { username, password } = person;
			const phone = await request("POST /auth/sessions", {
				body: { username, password, deviceName: "Phone" }
			});
			type List = { items: { id: string; deviceName: string; current: boolean }[] };
			const list = async (token: string) =>
				(await request<List>("GET /auth/sessions", { token })).body.items;
			const mine = await list(phone.body.accessToken);
			expect(mine).toHaveLength(2);
			const [here] = mine.filter(({ current }) => current);
			expect(here).toMatchObject({ deviceName: "Phone" });

			const stranger = await signUp(platform.edges[0] ?? "");
			const end = (token: string) => statusOf(`DELETE /auth/sessions/${here?.id}`, token);
			expect(await end(stranger.accessToken)).toBe(404);
			expect(await statusOf("GET /users/me", phone.body.accessToken)).toBe(200);

			expect(await end(person.accessToken)).toBe(204);
			await until(async () => (await statusOf("GET /users/me", phone.body.accessToken)) === 401);
			const refreshed = await request("POST /auth/refresh", {
				body: { refreshToken: phone.body.refreshToken }
			});
			expect(refreshed.status).toBe(401);
			expect(await list(person.accessToken)).toHaveLength(1);

			expect(await statusOf("DELETE /auth/sessions/current", person.accessToken)).toBe(204);
			await until(async () => (await statusOf("GET /users/me", person.accessToken)) === 401);
		});

		it("people change themselves, and others see it", async () => {
			const person = await signUp(platform.edges[0] ?? "");
			const other = await signUp(platform.edges[0] ?? "");
			const ids = `${other.id},${person.id}`;
			type List = { items: { id: string; nickname: string; username?: string }[] };
			const shown = async () => (await request<List>(`GET /users?ids=${ids}`)).body.items;
			expect((await shown()).map(({ id }) => id)).toEqual([other.id, person.id]);
			const token = person.accessToken;
			const changed = await request("PATCH /users/me", { body: { nickname: "Lily" }, token });
			expect(changed).toMatchObject({ status: 200, body: { nickname: "Lily" } });
			expect((await request("GET /users/me", { token })).body).toMatchObject({ nickname: "Lily" });
			await until(async () => (await shown())[1]?.nickname === "Lily");
			expect((await shown())[0]).toMatchObject({ nickname: "Tester" });
			expect(Object.keys((await shown())[1] ?? {})).not.toContain("username");

			const host = await request<{ tags: string[] }>("POST /users/me/host", { token });
			expect(host).toMatchObject({ status: 200, body: { tags: ["host"] } });
		});

		it("a ban ends all sessions, an unban lets in again", async () => {
			const operator = await signUp(platform.edges[0] ?? "", "operator");
			const person: Person = await signUp(platform.edges[0] ?? "");
			const { username, password, accessToken, refreshToken } = person;
			const tryAgain = () => request("POST /auth/sessions", { body: { username, password } });
			const act = (what: string, body: object, token: string) =>
				request(`POST /admin/users/${person.id}/${what}`, { body, token });

			expect((await act("ban", { reason: "spam" }, accessToken)).status).toBe(403);
			const ban = await act("ban", { reason: "spam" }, operator.accessToken);
			expect(ban).toEqual({ status: 200, body: { changed: true } });
			await until(async () => (await statusOf("GET /users/me", accessToken)) === 401);
			expect((await tryAgain()).body.error.code).toBe("USER_BANNED");
			const refreshed = await request("POST /auth/refresh", { body: { refreshToken } });
			expect([401, 403]).toContain(refreshed.status);

			expect((await act("unban", {}, operator.accessToken)).status).toBe(200);
			const back = await tryAgain();
			expect(back.status).toBe(200);
			expect(await statusOf("GET /users/me", back.body.accessToken)).toBe(200);
		});

		it("operators rotate the signing key without anybody noticing", async () => {
			const operator = await signUp(platform.edges[0] ?? "", "operator");
			const person = await signUp(platform.edges[0] ?? "");
			const rotate = () =>
				request<{ kid: string }>("POST /admin/auth/keys", { token: operator.accessToken });
			const [first, second] = [await rotate(), await rotate()];
			expect(first.status).toBe(201);
			expect(second.body.kid).toBe(first.body.kid);
			expect(await statusOf("GET /users/me", person.accessToken)).toBe(200);
			expect(await statusOf("POST /admin/auth/keys", person.accessToken)).toBe(403);
		});
	});
}
