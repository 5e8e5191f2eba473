/** What a socket says of itself when it connects: a token, a device, and where it comes from. */
import { randomBytes } from "node:crypto";
import type { Socket } from "socket.io";
import { clientAddress } from "../../lib/client-address.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Identities } from "../../mixins/identities/index.ts";
import { imErrors } from "./im-gateway.errors.ts";
import type { PeerFacts } from "./im-gateway.peers.ts";

const devicePattern = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * Reads `auth: { token?, deviceId? }`: never a query, which logs keep. Throws what refuses the
 * connection.
 */
export async function readHandshake(
	socket: Socket,
	identities: Identities,
	isTrusted: (address: string) => boolean
): Promise<PeerFacts> {
	const { token, deviceId: told } = socket.handshake.auth as Record<string, unknown>;
	const deviceId = told ?? randomBytes(12).toString("base64url");
	if (typeof deviceId !== "string" || !devicePattern.test(deviceId)) {
		throw imErrors.DEVICE_NOT_VALID();
	}
	const address = clientAddress(socket.request, isTrusted);
	if (token === undefined || token === null) return { deviceId, address };
	if (typeof token !== "string") throw commonErrors.UNAUTHENTICATED();
	return { identity: await identities.identify(token), deviceId, address };
}
