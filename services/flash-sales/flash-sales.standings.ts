/**
 * How sales stand, as a node knows it for a moment: a sale that cannot be bought in any more is
 * asked for thousands of times a second, and read four times a second. With it come those who
 * bought: a repeat of their request must hear that they did, all others can be refused at once.
 */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { Recent } from "../../lib/recent.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import { findSale, type Sale } from "./flash-sales.model.ts";
import { buyersOf } from "./flash-sales.purchases.model.ts";
import { isOver, type Refusal, statusAt } from "./flash-sales.rules.ts";

export interface Standing {
	readonly sale: Sale;
	/** Everybody who ever bought; only where nobody can buy now. */
	readonly buyers: ReadonlySet<string> | undefined;
}

/** Why nobody can buy at that time; undefined where it has to be tried. */
export function refusalOf({ sale }: Standing, now: Date): Refusal | undefined {
	if (statusAt(sale, now) !== "open") return "not-open";
	return sale.left === 0 ? "sold-out" : undefined;
}

export class Standings {
	readonly #db: Queryable;
	readonly #recent: Recent<Standing>;
	/** The last one that had buyers: they stay the same until the sale changes. */
	readonly #last = new Map<string, Standing>();

	constructor(db: Queryable) {
		this.#db = db;
		this.#recent = new Recent((saleId) => this.#read(saleId), {
			keptMs: limits.flashSaleStandingMilliseconds,
			entriesMax: limits.flashSaleStandingsMax
		});
	}

	/** Throws NOT_FOUND. */
	get(saleId: string): Promise<Standing> {
		return this.#recent.get(saleId);
	}

	/** Changed here: the next one who asks is told how it is now. */
	forget(saleId: string): void {
		this.#recent.forget(saleId);
	}

	async #read(saleId: string): Promise<Standing> {
		const sale = await findSale(this.#db, saleId);
		if (!sale) throw commonErrors.NOT_FOUND();
		const isBuyable = sale.left > 0 && !isOver(sale.status) && new Date() < sale.endsAt;
		if (isBuyable || sale.sold + sale.returned === 0) return { sale, buyers: undefined };
		const last = this.#last.get(saleId);
		const buyers =
			last?.sale.version === sale.version ? last.buyers : await buyersOf(this.#db, saleId);
		const standing = { sale, buyers };
		this.#last.delete(saleId);
		this.#last.set(saleId, standing);
		const [oldest] = this.#last.size > limits.flashSaleKnownBuyersSalesMax ? this.#last.keys() : [];
		if (oldest !== undefined) this.#last.delete(oldest);
		return standing;
	}
}
