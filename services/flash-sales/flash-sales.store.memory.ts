import { limits } from "../../config/limits.ts";
import type {
	GateBounds,
	GateOutcome,
	GateRequest,
	GateStore,
	GateTerms,
	Settled
} from "./flash-sales.store.ts";

const defaults: GateBounds = {
	leakMs: limits.flashSaleLeakMilliseconds,
	keptMs: limits.flashSaleGateKeptMilliseconds,
	refusalsMax: limits.flashSaleGateRefusalsMax
};

interface Pending {
	readonly quantity: number;
	readonly at: number;
}

class Gate {
	readonly terms: GateTerms;
	left: number;
	readonly units: Map<string, number>;
	/** By intent: `passed` or what it was refused with, and its fingerprint. */
	readonly requests = new Map<string, { outcome: GateOutcome; fingerprint: string }>();
	/** In the order of entering. */
	readonly pending = new Map<string, Pending>();
	refusals = 0;

	constructor(terms: GateTerms, units: ReadonlyMap<string, number>) {
		this.terms = terms;
		this.left = terms.left;
		this.units = new Map(units);
	}

	enter(request: GateRequest, { refusalsMax }: GateBounds): GateOutcome {
		const { intent, fingerprint, userId, quantity } = request;
		const before = this.requests.get(intent);
		if (before) {
			if (before.fingerprint !== fingerprint) return "conflict";
			return before.outcome === "passed" ? "repeated" : before.outcome;
		}
		const outcome = this.judge(request);
		if (outcome === "passed") {
			this.left -= quantity;
			this.units.set(userId, (this.units.get(userId) ?? 0) + quantity);
			this.pending.set(intent, { quantity, at: Date.now() });
			this.requests.set(intent, { outcome, fingerprint });
		} else if (this.refusals < refusalsMax) {
			this.refusals += 1;
			this.requests.set(intent, { outcome, fingerprint });
		}
		return outcome;
	}

	judge({ userId, quantity, limit }: GateRequest): GateOutcome {
		const now = Date.now();
		const { startsAt, endsAt } = this.terms;
		if (now < startsAt.getTime() || now >= endsAt.getTime()) return "not-open";
		if ((this.units.get(userId) ?? 0) + quantity > limit) return "limit-reached";
		return quantity > this.left ? "sold-out" : "passed";
	}

	settle({ intent, userId, quantity, isBought }: Settled): void {
		if (!this.pending.delete(intent) || isBought) return;
		this.left += quantity;
		this.units.set(userId, Math.max(0, (this.units.get(userId) ?? 0) - quantity));
		this.requests.delete(intent);
	}

	balance(left: number, leakMs: number): number {
		for (const [intent, { at }] of this.pending) {
			if (at > Date.now() - leakMs) break;
			this.pending.delete(intent);
		}
		let underWay = 0;
		for (const { quantity } of this.pending.values()) underWay += quantity;
		const right = Math.max(0, left - underWay);
		const leaked = right - this.left;
		// What is sold already and not settled yet would count twice: better too many than too few.
		if (leaked > 0 || underWay === 0) this.left = right;
		return Math.max(0, leaked);
	}
}

/** Of one process. */
export function memoryGateStore(bounds: GateBounds = defaults): GateStore {
	const gates = new Map<string, Gate>();
	const gateOf = (saleId: string, epoch: number): Gate | undefined => {
		const gate = gates.get(saleId);
		return gate?.terms.epoch === epoch ? gate : undefined;
	};
	return {
		async enter(request) {
			const gate = gates.get(request.saleId);
			if (!gate) return { outcome: "closed", epoch: 0, isKnown: false };
			const isKnown = gate.units.has(request.userId);
			return { outcome: gate.enter(request, bounds), epoch: gate.terms.epoch, isKnown };
		},
		async settle(saleId, epoch, settled) {
			const gate = gateOf(saleId, epoch);
			for (const one of settled) gate?.settle(one);
		},
		async epochs(saleIds) {
			return saleIds.map((saleId) => gates.get(saleId)?.terms.epoch ?? 0);
		},
		async open(terms, units) {
			const before = gates.get(terms.saleId)?.terms.epoch ?? 0;
			if (before < terms.epoch) gates.set(terms.saleId, new Gate(terms, units));
			// Sales that were over long ago left theirs here when nobody closed them.
			for (const [saleId, { terms: own }] of gates) {
				if (own.endsAt.getTime() + bounds.keptMs < Date.now()) gates.delete(saleId);
			}
		},
		async balance(saleId, epoch, left) {
			return gateOf(saleId, epoch)?.balance(left, bounds.leakMs) ?? 0;
		},
		async count(saleId, userId, units) {
			gates.get(saleId)?.units.set(userId, units);
		},
		async close(saleId) {
			gates.delete(saleId);
		}
	};
}
