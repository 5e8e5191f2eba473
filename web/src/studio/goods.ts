/** What hosts write into forms about products, and what is made of it. Pure. */
import { exponentOf, type Money } from "../../../lib/money.ts";
import type { Returns } from "../api/client.ts";

export type Product = Returns<"products.get">;
export type Sku = Product["skus"][number];
export type Attribute = Sku["attributes"][number];

/** One variant as it is written down. */
export interface SkuDraft {
	/** For React; what is new has no other name yet. */
	readonly key: string;
	/** Of one that is there already. */
	readonly id?: string;
	/** `Colour: Red, Size: M`; what stands there already may hold commas of its own. */
	readonly attributes: string;
	/** In major units, such as `12.50`. */
	readonly price: string;
	readonly stock: string;
}

export const attributesText = (attributes: readonly Attribute[]): string =>
	attributes.map(({ name, value }) => `${name}: ${value}`).join(", ");

/** Undefined when a part is not `name: value`. Both kinds of commas and colons are fine. */
export function attributesOf(text: string): Attribute[] | undefined {
	if (text.trim() === "") return [];
	const parts = text.split(/[,，、]/).map((part) => {
		const [, name = "", value = ""] = /^([^:：]*)[:：](.*)$/.exec(part) ?? [];
		return { name: name.trim(), value: value.trim() };
	});
	return parts.every(({ name, value }) => name !== "" && value !== "") ? parts : undefined;
}

/** Undefined for what is no price above 0, or has more digits than the currency. */
export function priceOf(text: string, currency: string): Money | undefined {
	const exponent = exponentOf(currency);
	const [, whole = "", part = ""] = /^([0-9]{1,12})(?:[.,]([0-9]+))?$/.exec(text.trim()) ?? [];
	if (whole === "" || part.length > exponent) return undefined;
	const amount = Number(whole + part.padEnd(exponent, "0"));
	return amount > 0 ? { amount, currency } : undefined;
}

export function wholeNumberOf(text: string): number | undefined {
	return /^[0-9]{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}

/** A change of a product's variants: what stands now, and what is gone. */
export function skuChanges(drafts: readonly SkuDraft[], product: Product, currency: string) {
	const kept = new Set(drafts.flatMap(({ id }) => id ?? []));
	const gone = product.skus.filter(({ id }) => !kept.has(id));
	return [
		...drafts.map((draft) => {
			const before = product.skus.find(({ id }) => id === draft.id);
			const sku = skuOf(draft, currency);
			if (!before) return sku;
			// Stock is changed by so many units, never set: what is sold meanwhile would come back.
			const { stock: _, ...rest } = sku;
			const isSame = draft.attributes === attributesText(before.attributes);
			const attributes = isSame ? before.attributes : rest.attributes;
			return { id: before.id, ...rest, attributes };
		}),
		...gone.map(({ id }) => ({ id, removed: true as const }))
	];
}

/** How many units more, or fewer, there are to be of variants that are there already. */
export function stockChanges(drafts: readonly SkuDraft[], product: Product) {
	return drafts.flatMap(({ id, stock }) => {
		const before = product.skus.find((sku) => sku.id === id);
		const quantity = (wholeNumberOf(stock) ?? 0) - (before?.stock ?? 0);
		return before && quantity !== 0 ? [{ skuId: before.id, quantity }] : [];
	});
}

/** Of a draft that was checked. */
export function skuOf({ attributes, price, stock }: SkuDraft, currency: string) {
	return {
		attributes: attributesOf(attributes) ?? [],
		price: priceOf(price, currency) ?? { amount: 1, currency },
		stock: wholeNumberOf(stock) ?? 0
	};
}
