import { describe, expect, it } from "vitest";
import { createClient, requestOf } from "./client.ts";
import { ApiError, type HttpRequest, sendWith } from "./http.ts";
import { Session } from "./session.ts";

const signedIn = () => {
	let trades = 0;
	const session = new Session({
		storage: { getItem: () => '{"userId":"7","refreshToken":"r"}', setItem() {}, removeItem() {} },
		exclusively: (work) => work(),
		refresh: async () => {
			trades += 1;
			return { accessToken: `a${trades}`, refreshToken: "r", expiresIn: 600, user: { id: "7" } };
		},
		now: () => 0
	});
	return session;
};

describe("client", () => {
	it("takes method and path of an action from docs/openapi.json", () => {
		expect(requestOf("users.getMany", { ids: "1,2" })).toEqual({
			method: "GET",
			path: "/api/users?ids=1%2C2"
		});
		expect(requestOf("users.ban", { id: "5/6", reason: "spam" })).toEqual({
			method: "POST",
			path: "/api/admin/users/5%2F6/ban",
			body: { reason: "spam" }
		});
		expect(() => requestOf("users.account", { id: "5" })).toThrow("no route");
	});

	it("tries once more with a new token when the first is refused", async () => {
		const seen: (string | undefined)[] = [];
		const send = async ({ token }: HttpRequest) => {
			seen.push(token);
			if (token === "a1") throw new ApiError("TOKEN_EXPIRED", 401);
			return { id: "7" };
		};
		const { call } = createClient(send, signedIn());
		expect(await call("users.me", {})).toEqual({ id: "7" });
		expect(seen).toEqual(["a1", "a2"]);
	});

	it("gives up when the second token is refused too", async () => {
		let calls = 0;
		const send = async () => {
			calls += 1;
			throw new ApiError("SESSION_ENDED", 401);
		};
		const { call } = createClient(send, signedIn());
		await expect(call("users.me", {})).rejects.toMatchObject({ code: "SESSION_ENDED" });
		expect(calls).toBe(2);
	});

	it("names what went wrong, also without an answer or with a foreign one", async () => {
		const answer = (body: string, status: number) =>
			sendWith(async () => new Response(body, { status }))({ method: "GET", path: "/" });
		const row = '{"error":{"code":"BUSY","message":"Busy.","requestId":"1"}}';
		await expect(answer(row, 503)).rejects.toMatchObject({ code: "BUSY", status: 503 });
		await expect(answer("<html>", 502)).rejects.toMatchObject({ code: "UNAVAILABLE" });
		const silent = sendWith(() => Promise.reject(new TypeError("fetch failed")));
		const request = silent({ method: "GET", path: "/" });
		await expect(request).rejects.toMatchObject({ code: "OFFLINE", status: 0 });
	});
});
