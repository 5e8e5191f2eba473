/** Leases of one process: for embedded mode, where every contender runs in it. */
import type { Claim, LeaseStore } from "./lease.store.ts";

interface Lease {
	readonly holder: string;
	readonly endsAt: number;
}

/** `now` counts milliseconds and never goes back. */
export function memoryLeaseStore(now: () => number = () => performance.now()): LeaseStore {
	const leases = new Map<string, Lease>();
	let lastToken = 0;
	const current = (name: string): Lease | undefined => {
		const lease = leases.get(name);
		return lease && now() < lease.endsAt ? lease : undefined;
	};
	const take = ({ name, holder, ttlMs }: Claim) =>
		leases.set(name, { holder, endsAt: now() + ttlMs });
	return {
		async acquire(claim) {
			const lease = current(claim.name);
			if (lease && lease.holder !== claim.holder) return { retryInMs: lease.endsAt - now() };
			take(claim);
			lastToken = Math.max(lastToken + 1, Date.now() * 1_000);
			return { token: lastToken };
		},
		async renew(claim) {
			if (current(claim.name)?.holder !== claim.holder) return false;
			take(claim);
			return true;
		},
		async release({ name, holder }) {
			if (leases.get(name)?.holder === holder) leases.delete(name);
		}
	};
}
