/**
 * Where buyers of this node come to: first what the node knows, then the gate, then the commit.
 * The first two only refuse; that something was bought is said by the commit alone.
 */
import { limits } from "../../config/limits.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import type { GroupCommit } from "../../lib/group-commit.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import type { Answer, BuyIntent, BuyVerdict } from "./flash-sales.buying.ts";
import { findPurchases, takenUnits } from "./flash-sales.purchases.model.ts";
import type { Attempt, Refusal } from "./flash-sales.rules.ts";
import { refusalOf, type Standing } from "./flash-sales.standings.ts";
import type { GateStore, GateVerdict, Settled } from "./flash-sales.store.ts";

export interface DeskOptions {
	readonly db: Queryable;
	readonly gate: GateStore;
	/** Where purchases of a sale are committed. */
	readonly openLane: (saleId: string) => Lane;
}

export type Lane = GroupCommit<BuyIntent, BuyVerdict>;

const refused = (outcome: Refusal): Answer => ({
	...{ outcome, orderId: null, quantity: 0, expiresAt: null }
});

export class Desk {
	readonly #options: DeskOptions;
	/** One per sale that is bought in here, in the order of their last use. */
	readonly #lanes = new Map<string, Lane>();
	/** What was refused here, by intent, with its hash; the oldest goes. */
	readonly #refusals = new Map<string, { outcome: Refusal; hash: string }>();
	/** By sale and epoch: what one turn of the event loop settles goes in one call. */
	readonly #settling = new Map<string, Settled[]>();
	#isStopped = false;

	constructor(options: DeskOptions) {
		this.#options = options;
	}

	/**
	 * The answer to this intent, the same however often it is asked. Throws IDEMPOTENCY_CONFLICT,
	 * or BUSY when the queue is full or the gate is being built.
	 */
	async buy(standing: Standing, intent: BuyIntent): Promise<Answer> {
		const known = this.#refusals.get(intent.intent);
		if (known) return this.#again(known, intent);
		const refusal = refusalOf(standing, new Date());
		if (refusal) return this.#refuse(refusal, intent, standing.buyers?.has(intent.userId) ?? false);
		const { sale } = standing;
		const entered = await this.#enter(standing, intent);
		switch (entered.outcome) {
			case "passed":
			case "repeated":
				return this.#commit(sale.id, entered, intent);
			case "conflict":
				throw commonErrors.IDEMPOTENCY_CONFLICT();
			case "closed":
				throw commonErrors.BUSY({ retryAfterMs: limits.flashSaleWatchMilliseconds });
			case "limit-reached":
				return this.#atLimit(standing, entered, intent);
			default:
				return this.#refuse(entered.outcome, intent, entered.isKnown);
		}
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
	}

	async #enter({ sale }: Standing, intent: BuyIntent): Promise<GateVerdict> {
		try {
			return await this.#options.gate.enter({
				...{ saleId: sale.id, userId: intent.userId, intent: intent.intent },
				...{ fingerprint: intent.hash, quantity: intent.quantity, limit: sale.limitPerUser }
			});
		} catch {
			// Redis is away, or nobody knows whether it counted: what it set aside is found later.
			throw commonErrors.BUSY({ retryAfterMs: limits.flashSaleBalanceMilliseconds });
		}
	}

	#again({ outcome, hash }: { outcome: Refusal; hash: string }, intent: Attempt): Answer {
		if (hash !== intent.hash) throw commonErrors.IDEMPOTENCY_CONFLICT();
		return refused(outcome);
	}

	/** Who may have bought is looked up: a lost answer is asked for again when all is sold. */
	async #refuse(outcome: Refusal, intent: Attempt, isKnown: boolean): Promise<Answer> {
		const first = isKnown ? await this.#answered(intent) : undefined;
		if (first) return first;
		this.#remember(intent, outcome);
		return refused(outcome);
	}

	async #answered({ intent, hash }: Attempt): Promise<Answer | undefined> {
		const first = (await findPurchases(this.#options.db, [intent])).get(intent);
		if (first && first.hash !== hash) throw commonErrors.IDEMPOTENCY_CONFLICT();
		return first;
	}

	/**
	 * The gate may count units that never came to be: they were let in by a node that died, or went
	 * back since. What the user has is in the database.
	 */
	async #atLimit({ sale }: Standing, entered: GateVerdict, intent: BuyIntent): Promise<Answer> {
		const { db, gate } = this.#options;
		const first = await this.#answered(intent);
		if (first) return first;
		const { id: saleId, limitPerUser } = sale;
		const { userId, quantity } = intent;
		const units = (await takenUnits(db, saleId, [userId])).get(userId)?.size ?? 0;
		if (units + quantity > limitPerUser) {
			this.#remember(intent, "limit-reached");
			return refused("limit-reached");
		}
		await gate.count(saleId, userId, units).catch(() => {});
		return this.#commit(saleId, entered, intent);
	}

	async #commit(saleId: string, entered: GateVerdict, attempt: BuyIntent): Promise<Answer> {
		const { userId, intent, quantity } = attempt;
		const settle = (isBought: boolean) =>
			this.#settle(saleId, entered, { userId, intent, quantity, isBought });
		let verdict: BuyVerdict;
		try {
			verdict = await this.#laneOf(saleId).submit(attempt);
		} catch (error) {
			// It was not begun; what nobody knows the outcome of is left to the balance.
			if (isError(error, "BUSY")) settle(false);
			throw error;
		}
		if (verdict.kind === "conflict") {
			settle(false);
			throw commonErrors.IDEMPOTENCY_CONFLICT();
		}
		settle(verdict.isNew && verdict.answer.outcome === "bought");
		return verdict.answer;
	}

	/** What is not settled, because Redis is away, is found by the balance. */
	#settle(saleId: string, { outcome, epoch }: GateVerdict, settled: Settled): void {
		if (outcome !== "passed") return;
		const name = `${saleId} ${epoch}`;
		const waiting = this.#settling.get(name);
		if (waiting) {
			waiting.push(settled);
			return;
		}
		const all = [settled];
		this.#settling.set(name, all);
		setImmediate(() => {
			this.#settling.delete(name);
			this.#options.gate.settle(saleId, epoch, all).catch(() => {});
		});
	}

	#laneOf(saleId: string): Lane {
		if (this.#isStopped) throw commonErrors.UNAVAILABLE();
		const lane = this.#lanes.get(saleId) ?? this.#options.openLane(saleId);
		this.#lanes.delete(saleId);
		this.#lanes.set(saleId, lane);
		if (this.#lanes.size > limits.flashSaleLanesMax) this.#dropIdleLane();
		return lane;
	}

	#dropIdleLane(): void {
		for (const [saleId, lane] of this.#lanes) {
			if (lane.size > 0) continue;
			this.#lanes.delete(saleId);
			return;
		}
	}

	#remember({ intent, hash }: Attempt, outcome: Refusal): void {
		this.#refusals.set(intent, { outcome, hash });
		const [oldest] = this.#refusals.size > limits.flashSaleRefusalsMax ? this.#refusals.keys() : [];
		if (oldest !== undefined) this.#refusals.delete(oldest);
	}
}
