/** The stock in memory, written from what `stock.tx.ts` promises; the real one stands beside it. */
import type { StockLine, StockVerdict } from "../../services/stock/stock.tx.ts";

export type ModelStep = "reserve" | "release" | "sell" | "sellNow" | "giveBack";

interface Pile {
	onHand: number;
	reserved: number;
	sold: number;
}

const ways: Readonly<Record<ModelStep, readonly [from: keyof Pile, to: keyof Pile]>> = {
	reserve: ["onHand", "reserved"],
	release: ["reserved", "onHand"],
	sell: ["reserved", "sold"],
	sellNow: ["onHand", "sold"],
	giveBack: ["sold", "onHand"]
};

interface Done {
	readonly step: ModelStep;
	readonly skuId: string;
	readonly quantity: number;
}

export class ModelStock {
	piles = new Map<string, Pile>();
	/** By reference. */
	#done = new Map<string, readonly Done[]>();
	readonly #adjusted = new Map<string, { skuId: string; quantity: number }>();

	open(skuId: string, onHand: number): void {
		this.piles.set(skuId, { onHand, reserved: 0, sold: 0 });
	}

	take(step: ModelStep, lines: readonly StockLine[], allOrNothing: boolean): StockVerdict[] {
		const [piles, done] = [structuredClone(this.piles), new Map(this.#done)];
		const verdicts = lines.map((line) => this.#one(step, line));
		const isGood = ({ outcome }: StockVerdict) => outcome === "done" || outcome === "repeated";
		if (!allOrNothing || verdicts.every(isGood)) return verdicts;
		this.piles = piles;
		this.#done = done;
		return verdicts.map((verdict) =>
			verdict.outcome === "done" ? { outcome: "withheld" } : verdict
		);
	}

	#one(step: ModelStep, { skuId, quantity, reference }: StockLine): StockVerdict {
		const before = this.#done.get(reference) ?? [];
		const ends = ["release", "sell"];
		const stands =
			before.find((one) => one.step === step) ??
			(ends.includes(step) ? before.find((one) => ends.includes(one.step)) : undefined);
		if (stands) {
			const same = stands.step === step && stands.skuId === skuId && stands.quantity === quantity;
			return { outcome: same ? "repeated" : "conflict" };
		}
		const [from, to] = ways[step];
		const pile = this.piles.get(skuId);
		if (!pile || pile[from] < quantity) {
			return { outcome: "insufficient", available: pile?.[from] ?? 0 };
		}
		pile[from] -= quantity;
		pile[to] += quantity;
		this.#done.set(reference, [...before, { step, skuId, quantity }]);
		return { outcome: "done", onHand: pile.onHand };
	}

	/** What an adjustment under this key must answer. */
	adjust(key: string, skuId: string, quantity: number): "done" | "repeated" | "refused" {
		const before = this.#adjusted.get(key);
		if (before) {
			return before.skuId === skuId && before.quantity === quantity ? "repeated" : "refused";
		}
		const pile = this.piles.get(skuId);
		if (!pile || pile.onHand + quantity < 0) return "refused";
		pile.onHand += quantity;
		this.#adjusted.set(key, { skuId, quantity });
		return "done";
	}
}
