/** Where a request comes from, as seen past the proxies that we trust. Pure. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { plainAddress } from "./addresses.ts";

/** The other end of the connection: a client, or the last proxy before us. */
export const peerOf = (request: IncomingMessage): string =>
	plainAddress(request.socket.remoteAddress ?? "");

/**
 * The client's address. `X-Forwarded-For` is a list that any client can begin; only its tail,
 * written by proxies that we trust, is believed: walk from the right past trusted hops.
 */
export function clientAddress(
	request: IncomingMessage,
	isTrusted: (address: string) => boolean
): string {
	let address = peerOf(request);
	const forwarded = String(request.headers["x-forwarded-for"] ?? "").split(",");
	while (isTrusted(address) && forwarded.length > 0) {
		const previous = plainAddress((forwarded.pop() ?? "").trim());
		if (isIP(previous) === 0) break;
		address = previous;
	}
	return address;
}
