/** C7 over HTTP: pictures go in at one edge and come out at every other. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Person, signUp } from "../harness/people.ts";
import { formOf, formType, heavyPng, pictures, pngOf } from "../harness/pictures.ts";
import { expectRefusal } from "../harness/refusal.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";

interface Stored {
	readonly id: string;
	readonly url: string;
	readonly type: string;
	readonly width: number;
	readonly bytes: number;
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`files on ${platform.name}`, () => {
		const [edge = ""] = platform.edges;
		let user: Person;

		beforeAll(async () => {
			user = await signUp(edge);
		});

		const send = (body: Buffer | string, headers: Record<string, string> = {}) =>
			fetch(`${edge}/api/files`, {
				method: "POST",
				headers: {
					"content-type": formType,
					authorization: `Bearer ${user.accessToken}`,
					...headers
				},
				body
			});
		const upload = (content: Buffer | string, filename = "a.png") =>
			send(formOf([{ content, filename }]));
		async function stored(bytes: Buffer): Promise<Stored> {
			const answer = await upload(bytes);
			expect(answer.status).toBe(201);
			return (await answer.json()) as Stored;
		}

		it.each(Object.entries(pictures))("takes a %s and shows it on every edge", async (_, kind) => {
			const file = await stored(kind.bytes);
			expect(file).toMatchObject({ type: kind.type, width: kind.size[0] });
			for (const other of platform.edges) {
				const answer = await fetch(other + file.url);
				expect(answer.status).toBe(200);
				const body = Buffer.from(await answer.arrayBuffer());
				expect(body.length).toBe(file.bytes);
				if (kind.type !== "image/jpeg") expect(body).toEqual(kind.bytes);
			}
		});

		it("takes what a browser's own form sends", async () => {
			const form = new FormData();
			form.append("file", new File([pictures.png.bytes], "ملف.exe", { type: "text/html" }));
			const answer = await fetch(`${edge}/api/files`, {
				method: "POST",
				headers: { authorization: `Bearer ${user.accessToken}` },
				body: form
			});
			expect(await answer.json()).toMatchObject({ type: "image/png", width: 16 });
		});

		it("hands a file out so that it can be kept, and nothing in it runs", async () => {
			const { url, bytes } = await stored(pictures.png.bytes);
			for (const method of ["GET", "HEAD"]) {
				const answer = await fetch(edge + url, { method });
				expect(Object.fromEntries(answer.headers)).toMatchObject({
					"cache-control": "public, max-age=31536000, immutable",
					"content-length": String(bytes),
					"content-security-policy": expect.stringContaining("sandbox"),
					"content-type": "image/png",
					"x-content-type-options": "nosniff"
				});
				const body = Buffer.from(await answer.arrayBuffer());
				expect(body.length).toBe(method === "GET" ? bytes : 0);
			}
		});

		it("can be somebody's avatar", async () => {
			const { url } = await stored(pictures.webp.bytes);
			const answer = await fetch(`${edge}/api/users/me`, {
				method: "PATCH",
				headers: {
					"content-type": "application/json",
					authorization: `Bearer ${user.accessToken}`
				},
				body: JSON.stringify({ avatarUrl: url })
			});
			expect(await answer.json()).toMatchObject({ avatarUrl: url });
		});

		it("carries a large one whole, several at once", async () => {
			const large = heavyPng(4_500_000);
			const { url } = await stored(large);
			const answers = await Promise.all(platform.edges.map((other) => fetch(other + url)));
			for (const answer of answers) {
				expect(Buffer.from(await answer.arrayBuffer()).equals(large)).toBe(true);
			}
		});

		it("refuses what is no picture, whatever it is called", async () => {
			const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
			const archive = Buffer.from("504b030414000000080000000000", "hex");
			for (const [why, content] of [
				["SVG", svg],
				["a page", "<!doctype html><script>alert(1)</script>"],
				["an archive behind a picture", Buffer.concat([pictures.png.bytes, archive])],
				["a page behind a picture", Buffer.concat([pictures.gif.bytes, Buffer.from(svg)])],
				["half a picture", pictures.jpeg.bytes.subarray(0, 200)],
				["nothing", ""],
				["a bomb", pngOf(60_000, 60_000)]
			] as const) {
				await expectRefusal(await upload(content), [422], why);
			}
		});

		it("refuses forms that are wrong", async () => {
			const png = { content: pictures.png.bytes };
			await expectRefusal(await send(formOf([])), [400, 422], "no file");
			await expectRefusal(await send(formOf([png, png])), [422], "two files");
			const field = { name: "userId", filename: "", content: "1" };
			await expectRefusal(await send(formOf([png, field])), [422], "a field beside it");
			await expectRefusal(await send(formOf([{ ...png, name: "x" }])), [422], "another name");
			await expectRefusal(await send(formOf([png]).subarray(0, 90)), [400], "cut off");
			const noBoundary = { "content-type": "multipart/form-data; x=y" };
			await expectRefusal(await send(formOf([png]), noBoundary), [400], "no boundary");
			const json = { "content-type": "application/json" };
			await expectRefusal(await send('{"file":"x"}', json), [422], "JSON");
			const query = await fetch(`${edge}/api/files?userId=1`, {
				method: "POST",
				headers: { "content-type": formType, authorization: `Bearer ${user.accessToken}` },
				body: formOf([png])
			});
			await expectRefusal(query, [422], "a query");
		});

		it("refuses a file that is too large, and says so", async () => {
			await expectRefusal(await upload(heavyPng(limits.uploadBytesMax)), [413], "too large");
			await expectRefusal(await upload(Buffer.alloc(9_000_000)), [413], "much too large");
		});

		it("refuses guests, bad tokens and pages of others before it reads anything", async () => {
			const body = formOf([{ content: pictures.png.bytes }]);
			const guest = { authorization: "" };
			await expectRefusal(await send(body, guest), [401], "a guest");
			const forged = { authorization: "Bearer e30.e30.x" };
			await expectRefusal(await send(body, forged), [401], "a bad token");
			const headers = { origin: "https://evil.example", "content-type": formType };
			await expectRefusal(await post(`${edge}/api/files`, body, headers), [403], "an origin");
		});

		it("lets slow senders wait without keeping others waiting", async () => {
			const { hostname, port } = new URL(edge);
			const slow = await Promise.all(
				Array.from({ length: 4 }, async () => {
					const other = await signUp(edge);
					const socket = connect(Number(port), hostname);
					socket.write(
						`POST /api/files HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 100000\r\n` +
							`Authorization: Bearer ${other.accessToken}\r\n` +
							`Content-Type: ${formType}\r\n\r\n--test-boundary\r\n`
					);
					return socket;
				})
			);
			await stored(pictures.png.bytes);
			for (const socket of slow) socket.destroy();
			await stored(pictures.png.bytes);
		});

		it.each([
			...["/files/1", "/files/0", "/files/999999999999999", "/files/1e3", "/files/-1"],
			...["/files/..%2f..%2fetc%2fpasswd", "/files/%00", "/files/1%2f..%2f2", "/files"],
			...["/files/disk-id", "/files/incoming", "/api/files/1", "/files/1/2"]
		])("knows no file %s", async (path) => {
			const answer = await rawGet(edge, path);
			await expectRefusal(answer, [400, 404, 422], path);
			expect(answer.headers.get("cache-control")).toBe("no-store");
		});

		it("takes no piece that a client asks for", async () => {
			const { url, bytes } = await stored(pictures.png.bytes);
			const whole = await fetch(`${edge}${url}?offset=50`);
			expect((await whole.arrayBuffer()).byteLength).toBe(bytes);
			await expectRefusal(await fetch(`${edge}${url}?surprise=1`), [422], "a query");
		});
	});
}

function post(url: string, body: Buffer, headers: Record<string, string>): Promise<Response> {
	return new Promise((resolve, reject) => {
		const request = httpRequest(url, { method: "POST", headers }, async (response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of response) chunks.push(chunk as Buffer);
			resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0 }));
		});
		request.on("error", reject).end(body);
	});
}

/** `fetch` would tidy the path up. */
function rawGet(edge: string, path: string): Promise<Response> {
	const { hostname, port } = new URL(edge);
	return new Promise((resolve, reject) => {
		const request = httpRequest({ hostname, port, path }, async (response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of response) chunks.push(chunk as Buffer);
			const headers = { "cache-control": String(response.headers["cache-control"]) };
			const status = response.statusCode ?? 0;
			resolve(new Response(Buffer.concat(chunks), { status, headers }));
		});
		request.on("error", reject).end();
	});
}
