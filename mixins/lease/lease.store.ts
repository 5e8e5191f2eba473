/** Where leases are kept. One contract suite (lease.store.test.ts) runs on all of them. */

export interface LeaseStore {
	/**
	 * Takes the lease when it is free or the holder's own. Each taking gets a token above all
	 * before it, also after a restart or loss of the store as long as its clock does not go back:
	 * tokens are microseconds since 1970, raised where two takings are closer than that.
	 */
	acquire(claim: Claim): Promise<Acquired>;
	/** Extends the lease from now; false when it is not the holder's any more. */
	renew(claim: Claim): Promise<boolean>;
	/** Frees the lease if it is the holder's. */
	release(claim: Pick<Claim, "name" | "holder">): Promise<void>;
}

export interface Claim {
	readonly name: string;
	/** Unique to one attempt of one process to hold the lease, not to a node. */
	readonly holder: string;
	readonly ttlMs: number;
}

export type Acquired =
	| { readonly token: number }
	/** Held by another, who must renew within this time. */
	| { readonly retryInMs: number };
