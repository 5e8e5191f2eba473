/** What a room sells, and the choice between the variants of one product. Pure. */
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import type { Returns } from "../api/client.ts";

export type Goods = Returns<"room-products.list">;
export type Good = Goods["items"][number];

/** One product with its variants that the room sells. */
export interface Offer {
	readonly productId: string;
	readonly goods: readonly [Good, ...Good[]];
}

/** In the host's order; a product stands where its first variant does. */
export function offersOf(goods: readonly Good[]): Offer[] {
	const offers = new Map<string, [Good, ...Good[]]>();
	for (const good of goods) {
		const known = offers.get(good.productId);
		if (known) known.push(good);
		else offers.set(good.productId, [good]);
	}
	return [...offers].map(([productId, variants]) => ({ productId, goods: variants }));
}

export interface Variant {
	readonly skuId: string;
	readonly attributes: readonly { readonly name: string; readonly value: string }[];
	readonly stock: number;
}

/** What has to be chosen, such as the size, and what there is to choose from. */
export interface Axis {
	readonly name: string;
	readonly values: readonly string[];
}

/** `Blue · M` */
export const labelOf = ({ attributes }: Pick<Variant, "attributes">): string =>
	attributes.map(({ value }) => value).join(" · ");

/**
 * One axis per attribute when all variants have the same ones; otherwise a single one, without a
 * name, whose values are the variants themselves.
 */
export function axesOf(variants: readonly Variant[]): Axis[] {
	const names = variants[0]?.attributes.map(({ name }) => name) ?? [];
	const isAlike = variants.every(
		({ attributes }) =>
			attributes.length === names.length &&
			attributes.every(({ name }, index) => name === names[index])
	);
	const isTold = new Set(names).size === names.length && names.length > 0;
	if (!isAlike || !isTold) {
		return variants.length > 1 ? [{ name: "", values: variants.map(wholeLabel) }] : [];
	}
	return names.map((name, index) => ({
		name,
		values: [...new Set(variants.map(({ attributes }) => attributes[index]?.value ?? ""))]
	}));
}

const wholeLabel = (variant: Variant): string => labelOf(variant) || `#${variant.skuId}`;

/** The value of a variant on an axis. */
export const valueOn = (variant: Variant, { name }: Axis): string =>
	name === ""
		? wholeLabel(variant)
		: (variant.attributes.find((attribute) => attribute.name === name)?.value ?? "");

/** The one to begin with: the first that can be bought. */
export const firstOf = <T extends Variant>(variants: readonly [T, ...T[]]): T =>
	variants.find(({ stock }) => stock > 0) ?? variants[0];

/**
 * The variant after another value was chosen. As much of the rest stays as can be; one that is in
 * stock comes before one that is not, so that nobody ends in a corner.
 */
export function chosen<T extends Variant>(
	variants: readonly [T, ...T[]],
	{ from, axis, value }: { readonly from: T; readonly axis: Axis; readonly value: string }
): T {
	const axes = axesOf(variants);
	const isLike = (variant: T): number =>
		axes.filter((one) => valueOn(variant, one) === valueOn(from, one)).length;
	const rank = (variant: T): number => (variant.stock > 0 ? 1_000 : 0) + isLike(variant);
	const fitting = variants.filter((variant) => valueOn(variant, axis) === value);
	return fitting.reduce((best, one) => (rank(one) > rank(best) ? one : best), fitting[0] ?? from);
}

/** Whether a value leads to something that can be bought. */
export const isInStock = (variants: readonly Variant[], axis: Axis, value: string): boolean =>
	variants.some((variant) => variant.stock > 0 && valueOn(variant, axis) === value);

/** The good that is explained now, as far as a message tells of it. */
export type PinnedGood = Pick<Good, "skuId" | "productId" | "title" | "price" | "pictureUrl">;

export interface Told {
	/** Raised by every change: what is lower is older. */
	readonly version: number;
	/** Undefined: the message says nothing of it. */
	readonly pinned?: PinnedGood | null;
}

/** Undefined for what is no message about goods. */
export function toldBy({ kind, body }: Envelope): Told | undefined {
	const { type, version } = body;
	if (kind !== "product" || typeof version !== "number") return undefined;
	if (type === "unpinned") return { version, pinned: null };
	if (type !== "pinned") return { version };
	const { skuId, productId, title, price, pictureUrl } = body as Readonly<Record<string, unknown>>;
	const isWhole = [skuId, productId, title].every((word) => typeof word === "string");
	const { amount, currency } = (price ?? {}) as { amount?: unknown; currency?: unknown };
	if (!isWhole || typeof amount !== "number" || typeof currency !== "string") return { version };
	const good = { skuId, productId, title, price, pictureUrl: pictureUrl ?? null };
	return { version, pinned: good as PinnedGood };
}

/** What is explained now, by what was read and what was told since. */
export function pinnedNow(goods: Goods | undefined, told: Told | undefined): PinnedGood | null {
	if (told?.pinned !== undefined && told.version >= (goods?.version ?? 0)) return told.pinned;
	return goods?.items.find(({ pinned }) => pinned) ?? null;
}

/** The newest of two messages; what is explained stays known while others change. */
export function newer(known: Told | undefined, told: Told): Told {
	if (!known) return told;
	if (told.version < known.version) {
		const isOnlyWord = known.pinned === undefined && told.pinned !== undefined;
		return isOnlyWord ? { ...known, pinned: told.pinned ?? null } : known;
	}
	return told.pinned === undefined && known.pinned !== undefined
		? { ...told, pinned: known.pinned }
		: told;
}
