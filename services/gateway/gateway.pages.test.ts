import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testEnv } from "../../test/harness/backends.ts";
import { pages } from "./gateway.pages.ts";
import { mediaSources, pagePolicy } from "./gateway.policy.ts";

const html = '<!doctype html><script>start()</script><script src="/assets/a-1.js"></script>';
const script = `export const text = ${JSON.stringify("word ".repeat(1_000))};`;

interface Answer {
	readonly status: number;
	readonly headers: Record<string, string | string[] | undefined>;
	readonly body: Buffer;
}

const folder = mkdtempSync(join(tmpdir(), "live-commerce-pages-"));
const dist = join(folder, "dist");
let server: Server;
let port: number;

beforeAll(async () => {
	mkdirSync(join(dist, "assets"), { recursive: true });
	writeFileSync(join(dist, "index.html"), html);
	writeFileSync(join(dist, "assets/a-1.js"), script);
	writeFileSync(join(dist, "icon.svg"), "<svg/>");
	writeFileSync(join(dist, ".built"), "secret");
	writeFileSync(join(folder, "beside.txt"), "secret");
	const serve = pages(dist, (page) => `hash of ${page.length}`);
	server = createServer((request, response) =>
		serve(request, response, () => response.writeHead(404).end("{}"))
	);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	({ port } = server.address() as AddressInfo);
});
afterAll(() => {
	server.close();
	rmSync(folder, { recursive: true });
});

/** `fetch` would tidy a path up before it is sent. */
function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const options = { host: "127.0.0.1", port, path, headers, method };
		const request = httpRequest(options, async (response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of response) chunks.push(chunk as Buffer);
			const body = Buffer.concat(chunks);
			resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
		});
		request.on("error", reject).end();
	});
}

describe("pages", () => {
	it("are the start page for every path that the pages' own router may know", async () => {
		for (const path of ["/", "/index.html", "/rooms/123", "/studio/", "/rooms/1?tab=chat"]) {
			const { status, headers, body } = await ask(path);
			expect(status, path).toBe(200);
			expect(headers, path).toMatchObject({
				"content-type": "text/html; charset=utf-8",
				"cache-control": "no-cache",
				"content-security-policy": `hash of ${html.length}`
			});
			expect(body.toString(), path).toBe(html);
		}
	});

	it("may be kept for ever when their name holds a hash, else are asked for again", async () => {
		const hashed = await ask("/assets/a-1.js");
		expect(hashed.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
		expect(hashed.headers["content-type"]).toBe("text/javascript; charset=utf-8");
		const icon = await ask("/icon.svg");
		expect(icon.headers["cache-control"]).toBe("no-cache");
		const again = await ask("/icon.svg", { "if-none-match": String(icon.headers.etag) });
		expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) });
	});

	it("travel compressed to whoever takes that", async () => {
		const zipped = await ask("/assets/a-1.js", { "accept-encoding": "br, gzip" });
		expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
		expect(zipped.body.length).toBeLessThan(script.length / 10);
		expect(gunzipSync(zipped.body).toString()).toBe(script);
		expect((await ask("/assets/a-1.js")).body.toString()).toBe(script);
	});

	it("answer HEAD with the head alone, and nothing else", async () => {
		const head = await ask("/assets/a-1.js", {}, "HEAD");
		expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
		expect(head.headers["content-length"]).toBe(String(script.length));
		expect((await ask("/rooms/1", {}, "HEAD")).status).toBe(200);
		for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
			expect((await ask("/", {}, method)).status, method).toBe(404);
		}
	});

	it.each([
		...["/api", "/api/", "/api/nope", "/API/nope", "/api/rooms/1", "/files/1", "/files"],
		...["/openapi.json", "/openapi.json/x", "/socket.io/", "//api/nope", "/x//y"],
		...["/%61pi/nope", "/assets/missing.js", "/favicon.ico", "/.built", "/.env", "/robots.txt"],
		...["/../beside.txt", "/..%2fbeside.txt", "/%2e%2e/beside.txt", "/assets/../../beside.txt"],
		...["/..\\beside.txt", "/assets/..%5c..%5cbeside.txt", "/%00", "/a%0d%0aSet-Cookie:x", "/%"],
		...["/constructor.name", "/__proto__.x", "/index.html/", "/assets/a-1.js/"]
	])("do not answer %s", async (path) => {
		const { status, body } = await ask(path);
		expect(status).toBe(404);
		expect(body.toString()).toBe("{}");
	});

	it("do not answer who asks for something else", async () => {
		expect((await ask("/rooms/1", { accept: "application/json" })).status).toBe(404);
		expect((await ask("/rooms/1", { accept: "text/html,*/*;q=0.8" })).status).toBe(200);
	});

	it("leave everything to others where nothing was built", () => {
		let passed = 0;
		const serve = pages(join(folder, "nowhere"), () => "");
		serve({ url: "/", method: "GET", headers: {} } as never, {} as never, () => {
			passed += 1;
		});
		expect(passed).toBe(1);
	});
});

describe("the policy of pages", () => {
	const env = (variables: Record<string, string>) => testEnv(folder, variables);

	it("lets streams come from where media comes from", () => {
		expect(mediaSources(env({}))).toEqual(["http://127.0.0.1:*", "ws://127.0.0.1:*"]);
		expect(mediaSources(env({ HOST: "0.0.0.0" }))).toEqual(mediaSources(env({})));
		const base = { PUBLIC_MEDIA_URL: "https://media.example:8443/live/" };
		const sources = ["https://media.example:8443", "wss://media.example:8443"];
		expect(mediaSources(env(base))).toEqual(sources);
		const policy = pagePolicy(env(base), "");
		expect(policy).toContain(`connect-src 'self' ${sources.join(" ")};`);
		expect(policy).toContain(`media-src 'self' blob: ${sources.join(" ")};`);
	});

	it("cannot be widened by what stands in a variable", () => {
		const base = { PUBLIC_MEDIA_URL: "https://media.example; script-src *" };
		expect(() => pagePolicy(env(base), "")).toThrow("PUBLIC_MEDIA_URL");
	});

	it("runs no script but its own and those that the page came with", () => {
		const hash = createHash("sha256").update("start()").digest("base64");
		const policy = pagePolicy(env({}), html);
		expect(policy).toContain(`default-src 'none'; script-src 'self' 'sha256-${hash}'; `);
		expect(policy).toContain("frame-ancestors 'none'");
	});
});
