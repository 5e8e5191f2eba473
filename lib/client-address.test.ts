import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { addressList } from "./addresses.ts";
import { clientAddress } from "./client-address.ts";

const request = (headers: Record<string, string>, remoteAddress = "127.0.0.1") =>
	({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe("clientAddress", () => {
	const isTrusted = addressList(["10.0.0.0/8", "::1", "192.168.1.5"]);

	it.each([
		["no proxy: the peer", "203.0.113.7", undefined, "203.0.113.7"],
		["a header from a stranger is not believed", "203.0.113.7", "1.2.3.4", "203.0.113.7"],
		["one trusted hop", "10.1.2.3", "198.51.100.9", "198.51.100.9"],
		["a spoofed beginning stays out", "10.1.2.3", "1.1.1.1, 198.51.100.9", "198.51.100.9"],
		["two trusted hops", "10.1.2.3", "198.51.100.9, 192.168.1.5", "198.51.100.9"],
		["IPv6 proxy", "::1", "2001:db8::7", "2001:db8::7"],
		["mapped IPv4", "::ffff:10.1.2.3", "198.51.100.9", "198.51.100.9"],
		["garbage in the header", "10.1.2.3", "<script>", "10.1.2.3"],
		["all hops trusted", "10.1.2.3", "10.9.9.9", "10.9.9.9"]
	])("%s", (_name, peer, forwarded, expected) => {
		const headers: Record<string, string> = forwarded ? { "x-forwarded-for": forwarded } : {};
		expect(clientAddress(request(headers, peer), isTrusted)).toBe(expected);
	});
});
