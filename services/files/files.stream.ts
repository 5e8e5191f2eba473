import type { Readable } from "node:stream";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";

/** All of an upload. Throws BAD_REQUEST without one, and PAYLOAD_TOO_LARGE. */
export async function collect(stream: Readable | null | undefined): Promise<Buffer> {
	if (!stream) throw commonErrors.BAD_REQUEST();
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of stream as AsyncIterable<Uint8Array>) {
		bytes += chunk.length;
		if (bytes > limits.uploadBytesMax) throw commonErrors.PAYLOAD_TOO_LARGE();
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
