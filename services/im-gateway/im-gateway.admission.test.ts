import { expect, it } from "vitest";
import { Admission } from "./im-gateway.admission.ts";

const bounds = { socketsMax: 4, perAddressMax: 3, devicesPerUserMax: 2, handshakesMax: 2 };
const of = (userId: string | undefined, deviceId: string, address = "192.0.2.1") => ({
	...{ userId, deviceId, address }
});

it("bounds all sockets, those of an address and the devices of a user, and gives back", () => {
	const admission = new Admission(bounds);
	const first = admission.admit(of("7", "phone"));
	admission.admit(of("7", "laptop"));
	expect(() => admission.admit(of("7", "tablet", "192.0.2.2"))).toThrow("Too many");
	// The same device again is a reconnect; its older socket is about to go.
	const again = admission.admit(of("7", "phone"));
	expect(() => admission.admit(of(undefined, "page"))).toThrow("Too many");
	admission.admit(of(undefined, "page", "192.0.2.2"));
	expect(() => admission.admit(of(undefined, "page", "192.0.2.3"))).toThrow("Busy");
	first();
	first();
	again();
	admission.admit(of("7", "tablet"));
});

it("takes all addresses of one IPv6 network for one client", () => {
	const admission = new Admission(bounds);
	for (const host of [1, 2, 3]) admission.admit(of(undefined, "page", `2001:db8::${host}`));
	expect(() => admission.admit(of(undefined, "page", "2001:db8::4"))).toThrow("Too many");
});

it("lets only so many begin at once", () => {
	const admission = new Admission(bounds);
	const [first] = [admission.begin(), admission.begin()];
	expect(() => admission.begin()).toThrow("Busy");
	first?.();
	first?.();
	admission.begin();
	expect(() => admission.begin()).toThrow("Busy");
});
