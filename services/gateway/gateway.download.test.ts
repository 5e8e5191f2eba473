import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { commonErrors } from "../../lib/errors.ts";
import type { FilePiece } from "../../lib/schemas.ts";
import { sendFile } from "./gateway.download.ts";

type Fetch = (offset: number) => FilePiece;

const whole = Buffer.from("0123456789");
const piece = (offset: number, bytes = whole.subarray(offset, offset + 4)): FilePiece => ({
	type: "image/png",
	size: whole.length,
	bytes
});

/** A server that answers with the file; what `sendFile` threw comes out of `thrown`. */
async function serve(fetchPiece: Fetch) {
	const thrown = Promise.withResolvers<{ message: string } | undefined>();
	const listener: RequestListener = async (_request, response) => {
		const sent = sendFile(response, async (offset) => fetchPiece(offset));
		await sent.then(() => thrown.resolve(undefined), thrown.resolve);
		if (!response.headersSent) response.writeHead(503).end();
	};
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, thrown: thrown.promise };
}

test("a file is put together from its pieces, in their order", async () => {
	const asked: number[] = [];
	const { url, thrown } = await serve((offset) => {
		asked.push(offset);
		return piece(offset);
	});
	expect(await (await fetch(url)).text()).toBe(whole.toString());
	expect(asked).toEqual([0, 4, 8]);
	expect(await thrown).toBeUndefined();
});

test("HEAD asks for the first piece alone", async () => {
	const { url } = await serve((offset) => {
		if (offset > 0) throw new Error("asked for more");
		return piece(offset);
	});
	const answer = await fetch(url, { method: "HEAD" });
	expect(answer.headers.get("content-length")).toBe("10");
});

test("nothing is answered before the first piece is there", async () => {
	const { url, thrown } = await serve(() => {
		throw commonErrors.NOT_FOUND();
	});
	expect((await fetch(url)).status).toBe(503);
	expect(await thrown).toMatchObject({ type: "NOT_FOUND" });
});

test.each([
	[
		"a lost node",
		(offset: number) => {
			if (offset > 0) throw commonErrors.UNAVAILABLE();
			return piece(offset);
		}
	],
	["an end too early", (offset: number) => piece(offset, offset > 4 ? Buffer.alloc(0) : undefined)]
] satisfies [string, Fetch][])("%s is never taken for the whole file", async (_, fetchPiece) => {
	const { url, thrown } = await serve(fetchPiece);
	const answer = await fetch(url);
	await expect(answer.arrayBuffer()).rejects.toThrow();
	expect(await thrown).toBeDefined();
});
