import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HttpSms, signature } from "./http.ts";

interface Post {
	readonly headers: IncomingMessage["headers"];
	readonly body: string;
}

const message = { id: "c0de1d", phone: "+8613800000001", text: "123456 is …", code: "123456" };
const secret = "a secret of the provider";

describe("HttpSms", () => {
	const closing: (() => void)[] = [];
	afterEach(() => {
		for (const close of closing.splice(0)) close();
	});

	/** A provider that answers each post with the next of `answers`; 0 leaves it unanswered. */
	async function provider(answers: readonly number[]): Promise<{ sms: HttpSms; posts: Post[] }> {
		const posts: Post[] = [];
		const server = createServer(async (request, response) => {
			let body = "";
			for await (const chunk of request) body += chunk;
			const status = answers[posts.length] ?? 200;
			posts.push({ headers: request.headers, body });
			if (status === 0) return;
			if (status === -1) return void response.destroy();
			response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("not { json");
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		closing.push(() => {
			server.closeAllConnections();
			server.close();
		});
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
		const sms = new HttpSms({ url, secret, attemptMilliseconds: 300, pauseMilliseconds: 1 });
		return { sms, posts };
	}

	it("posts what the receiver can check", async () => {
		const { sms, posts } = await provider([202]);
		await sms.send(message);
		expect(posts).toHaveLength(1);
		const [{ headers, body }] = posts as [Post];
		expect(JSON.parse(body)).toEqual(message);
		const timestamp = String(headers["x-timestamp"]);
		expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThan(60_000);
		expect(headers["x-signature"]).toBe(signature(secret, timestamp, body));
		expect(signature(secret, timestamp, `${body} `)).not.toBe(headers["x-signature"]);
		expect(headers["idempotency-key"]).toBe(message.id);
	});

	it.each([
		["slow", 0],
		["broken", 500],
		["busy", 429],
		["hung up", -1]
	])("tries again, with the same id, when the provider is %s", async (_what, answer) => {
		const { sms, posts } = await provider([answer, answer, 200]);
		await sms.send(message);
		expect(posts.map(({ headers }) => headers["idempotency-key"])).toEqual(
			Array(3).fill(message.id)
		);
	});

	it("gives up after three attempts", async () => {
		const { sms, posts } = await provider([500, 0, 503]);
		await expect(sms.send(message)).rejects.toMatchObject({ type: "SMS_UNAVAILABLE", code: 503 });
		expect(posts).toHaveLength(3);
	});

	it.each([400, 401, 404, 302])("does not try again after %d", async (status) => {
		const { sms, posts } = await provider([status]);
		await expect(sms.send(message)).rejects.toMatchObject({ type: "SMS_UNAVAILABLE" });
		expect(posts).toHaveLength(1);
	});

	it("nobody there is the same to the caller", async () => {
		const sms = new HttpSms({ url: "http://127.0.0.1:1/", secret, pauseMilliseconds: 1 });
		await expect(sms.send(message)).rejects.toMatchObject({ type: "SMS_UNAVAILABLE" });
	});
});
