/** Network addresses as text. */
import { BlockList, isIP } from "node:net";

/** Whether an address is one of `entries` (addresses and CIDR blocks). */
export function addressList(entries: readonly string[]): (address: string) => boolean {
	const list = new BlockList();
	for (const entry of entries) {
		const [address = "", bits] = entry.split("/");
		if (bits === undefined) list.addAddress(address, family(address));
		else list.addSubnet(address, Number(bits), family(address));
	}
	return (address) => isIP(address) !== 0 && list.check(address, family(address));
}

const family = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** `::ffff:127.0.0.1` and `127.0.0.1` are one client. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:/, "");
