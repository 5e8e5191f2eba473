/**
 * The gate in front of a flash sale: it lets in as many as there are units, no user beyond the
 * limit, and no request twice. It only filters; what it lets in is decided by the database, so a
 * gate that lets in too many costs work and sells nothing.
 *
 * A gate that is missing is closed. It is built from the database, under a new epoch, by the
 * watcher alone; a request that finds none comes back later. One contract suite
 * (flash-sales.store.test.ts) runs on both stores.
 */
export interface GateRequest {
	readonly saleId: string;
	readonly userId: string;
	readonly intent: string;
	/** Begin of the request's hash, so that one key cannot stand for two requests. */
	readonly fingerprint: string;
	readonly quantity: number;
	readonly limit: number;
}

export type GateOutcome =
	/** Let in; its units are set aside until it is settled. */
	| "passed"
	/** Let in before under this very intent: no more units are set aside for it. */
	| "repeated"
	| "conflict"
	/** There is no gate now. */
	| "closed"
	| "not-open"
	| "sold-out"
	| "limit-reached";

export interface GateVerdict {
	readonly outcome: GateOutcome;
	/** Of the gate; 0 when it is closed. */
	readonly epoch: number;
	/** The user has been let in before, so the database may know an answer. */
	readonly isKnown: boolean;
}

export interface GateTerms {
	readonly saleId: string;
	readonly epoch: number;
	readonly left: number;
	readonly startsAt: Date;
	readonly endsAt: Date;
}

/** What became of a request that was let in. */
export interface Settled {
	readonly userId: string;
	readonly intent: string;
	readonly quantity: number;
	/** False gives the units back. */
	readonly isBought: boolean;
}

export interface GateBounds {
	readonly leakMs: number;
	readonly keptMs: number;
	readonly refusalsMax: number;
}

export interface GateStore {
	enter(request: GateRequest): Promise<GateVerdict>;
	/** Does nothing when the gate is of another epoch by now. */
	settle(saleId: string, epoch: number, settled: readonly Settled[]): Promise<void>;
	/** The epochs of these gates; 0 for those that are missing. */
	epochs(saleIds: readonly string[]): Promise<number[]>;
	/** Builds the gate unless there is one of this epoch or a later one. */
	open(terms: GateTerms, units: ReadonlyMap<string, number>): Promise<void>;
	/**
	 * Forgets what was let in too long ago, and sets what is left to what the database says minus
	 * what is under way; lower only while nothing is. Answers by how much that was too little
	 * before: units that had leaked.
	 */
	balance(saleId: string, epoch: number, left: number): Promise<number>;
	/** What the database says that the user has. */
	count(saleId: string, userId: string, units: number): Promise<void>;
	close(saleId: string): Promise<void>;
}
