/** Requests that are wrong before any action is reached: bytes, headers, origins, tokens. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Person, signUp } from "../harness/people.ts";
import { expectRefusal } from "../harness/refusal.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const headerOf = (token: string) =>
	JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string };
const claimsOf = (token: string) =>
	JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object;

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`hostile requests on ${platform.name}`, () => {
		const [edge = ""] = platform.edges;
		const url = (path: string) => `${edge}/api${path}`;
		let user: Person;

		beforeAll(async () => {
			user = await signUp(edge);
		});

		afterAll(async () => {
			expect((await fetch(url("/health"))).status).toBe(200);
		});

		const register = (body: string, headers: Record<string, string> = {}) =>
			fetch(url("/auth/register"), {
				method: "POST",
				headers: { "content-type": "application/json", ...headers },
				body
			});

		it.each(["{", '{"a":}', "[1", '"text"', "7", "null", "\u0000", '{"a":1}}', "[]"])(
			"refuses the body %j",
			async (body) => {
				await expectRefusal(await register(body), [400, 422], body);
			}
		);

		it("refuses bodies over the limit, also when the length is not told", async () => {
			const huge = JSON.stringify({ username: "x".repeat(limits.bodyBytesMax) });
			await expectRefusal(await register(huge), [413], "with a length");
			const stream = new Blob([huge]).stream();
			const options = { method: "POST", body: stream, duplex: "half" } as RequestInit;
			const headers = { "content-type": "application/json" };
			await expectRefusal(
				await fetch(url("/auth/register"), { ...options, headers }),
				[413],
				"chunked"
			);
		});

		it("refuses encodings and charsets that it does not read", async () => {
			const body = JSON.stringify({ username: "a" });
			await expectRefusal(await register(body, { "content-encoding": "gzip" }), [400], "not gzip");
			const charset = { "content-type": "application/json; charset=klingon" };
			await expectRefusal(await register(body, charset), [400], "charset");
		});

		it("reads no form, text or XML as parameters", async () => {
			for (const type of ["text/plain", "application/x-www-form-urlencoded", "text/xml"]) {
				const answer = await register('{"username":"someone"}', { "content-type": type });
				await expectRefusal(answer, [422], type);
			}
		});

		it.each(["/nope", "/users/me/..%2f..%2fadmin", "/%E0%A4%A", "/$node/list", "/~node/health"])(
			"knows no path %s",
			async (path) => {
				await expectRefusal(await fetch(url(path)), [400, 404], path);
			}
		);

		it("routes nothing outside the contracts", async () => {
			for (const path of ["/api/tags/of", "/api/ids/take", "/gateway/rest", "/$node/actions"]) {
				await expectRefusal(await fetch(edge + path, { method: "POST" }), [404], path);
			}
			for (const method of ["PUT", "DELETE", "PATCH", "PROPFIND"]) {
				await expectRefusal(await fetch(url("/health"), { method }), [404], method);
			}
		});

		it("refuses a URL that is too long", async () => {
			const long = url(`/users?ids=${"1".repeat(limits.urlCharactersMax)}`);
			await expectRefusal(await fetch(long), [400], "a long URL");
		});

		it("refuses foreign origins, lookalikes and null, and takes our own", async () => {
			const own = new URL(edge).host;
			const foreign = [
				`http://${own}.evil.example`,
				`http://evil.example/${own}`,
				"null",
				"file://"
			];
			for (const origin of [...foreign, "https://evil.example"]) {
				await expectRefusal(await withOrigin(url("/health"), origin), [403], origin);
			}
			expect((await withOrigin(url("/health"), `http://${own}`)).status).toBe(200);
		});

		it("makes its own request id unless the client's may stand in a log line", async () => {
			const ask = async (id: string) => {
				const answer = await fetch(url("/health"), { headers: { "x-request-id": id } });
				return answer.headers.get("x-request-id");
			};
			expect(await ask("client-request-0001")).toBe("client-request-0001");
			for (const id of ["<script>alert(1)</script>", "x".repeat(100), "a b c d e f g"]) {
				expect(await ask(id)).toMatch(/^[0-9a-f-]{36}$/);
			}
		});

		it("survives bytes that are not HTTP", async () => {
			for (const bytes of [
				"\u0000\u0001\u0002",
				"GET\r\n\r\n",
				`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(5_000)}`
			]) {
				expect(await rawAnswer(edge, bytes)).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
			}
		});

		describe("tokens", () => {
			const me = (token: string) =>
				fetch(url("/users/me"), { headers: { authorization: `Bearer ${token}` } });
			const forged = async (change: object, header: object = {}) => {
				const { privateKey } = generateKeyPairSync("ed25519");
				const { kid } = headerOf(user.accessToken);
				return new SignJWT({ ...claimsOf(user.accessToken), ...change })
					.setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid, ...header })
					.sign(privateKey);
			};

			it("lets the right one through", async () => {
				expect((await me(user.accessToken)).status).toBe(200);
			});

			it("refuses a signature by another key, whatever it claims", async () => {
				await expectRefusal(await me(await forged({})), [401], "forged");
				await expectRefusal(await me(await forged({}, { kid: "../../key" })), [401], "kid path");
				await expectRefusal(await me(await forged({ sub: "1" })), [401], "other subject");
			});

			it("refuses changed claims, no signature and algorithm confusion", async () => {
				const [header = "", , signature] = user.accessToken.split(".");
				const claims = base64({ ...claimsOf(user.accessToken), sub: "1" });
				await expectRefusal(await me(`${header}.${claims}.${signature}`), [401], "tampered");
				const none = base64({ alg: "none", typ: "at+jwt" });
				await expectRefusal(await me(`${none}.${claims}.`), [401], "alg none");
				const confused = `${base64({ ...headerOf(user.accessToken), alg: "HS256" })}.${claims}`;
				const mac = createHmac("sha256", header).update(confused).digest("base64url");
				await expectRefusal(await me(`${confused}.${mac}`), [401], "HS256");
			});

			it.each(["", "x", "a.b.c", "Bearer", "💥", "1".repeat(5_000)])(
				"refuses %j",
				async (token) => {
					// Header values are Latin-1: what cannot be sent cannot be hostile.
					const answer = await me(encodeURI(token));
					await expectRefusal(answer, [401, 431], token);
				}
			);

			it("serves public routes to the bearer of a bad token as to a guest", async () => {
				const answer = await fetch(url(`/users?ids=${user.id}`), {
					headers: { authorization: "Bearer expired-long-ago" }
				});
				expect(answer.status).toBe(200);
			});
		});
	});
}

/** `fetch` does not let anybody choose their origin. */
function withOrigin(url: string, origin: string): Promise<Response> {
	return new Promise((resolve, reject) => {
		const request = httpRequest(url, { headers: { origin } }, async (response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of response) chunks.push(chunk as Buffer);
			resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0 }));
		});
		request.on("error", reject).end();
	});
}

function rawAnswer(edge: string, bytes: string): Promise<string> {
	const { hostname, port } = new URL(edge);
	return new Promise((resolve) => {
		let answer = "";
		const socket = connect(Number(port), hostname, () => socket.end(bytes));
		socket.on("data", (data) => {
			answer += data;
		});
		socket.on("close", () => resolve(answer));
		socket.on("error", () => resolve(answer));
	});
}
