/**
 * How a file goes out: piece by piece, each by a call of its own. A stream through the bus knows
 * no timeout after its first packet and no slow reader; a call has both, and one that failed is
 * tried on another node.
 */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { limits } from "../../config/limits.ts";
import type { FilePiece } from "../../lib/schemas.ts";

/** Files never change. Nothing of them may run, wherever somebody opens them. */
const headers = {
	"Cache-Control": "public, max-age=31536000, immutable",
	"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
	"Cross-Origin-Resource-Policy": "cross-origin"
} as const;

/** Answers with the file whose pieces `fetch` brings. Throws what the first of them throws. */
export async function sendFile(
	response: ServerResponse,
	fetch: (offset: number) => Promise<FilePiece>
): Promise<void> {
	const first = await fetch(0);
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	response.setHeader("Content-Type", first.type);
	response.setHeader("Content-Length", first.size);
	if (response.req.method === "HEAD") {
		response.end();
		return;
	}
	const signal = AbortSignal.timeout(limits.fileDownloadMillisecondsMax);
	await pipeline(Readable.from(piecesOf(first, fetch)), response, { signal });
}

async function* piecesOf(first: FilePiece, fetch: (offset: number) => Promise<FilePiece>) {
	yield first.bytes;
	for (let sent = first.bytes.length; sent < first.size; ) {
		const { bytes } = await fetch(sent);
		if (bytes.length === 0) throw new Error("A file is shorter than it was said to be.");
		yield bytes;
		sent += bytes.length;
	}
}
