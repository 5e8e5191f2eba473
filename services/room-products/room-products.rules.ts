/** The order of a room's goods. */

export interface Placed {
	readonly skuId: string;
	/** Minor units in this room; null: the list price. */
	readonly price: number | null;
}

/** With `good` at `position`; without one a known good keeps its place and a new one is last. */
export function placed<Good extends Placed>(
	goods: readonly Good[],
	good: Good,
	position: number | undefined
): Good[] {
	const before = goods.findIndex(({ skuId }) => skuId === good.skuId);
	const others = goods.filter(({ skuId }) => skuId !== good.skuId);
	const at = position ?? (before === -1 ? others.length : before);
	return [...others.slice(0, at), good, ...others.slice(at)];
}

/** In the order of `skuIds`, the others after them; undefined when one is not there. */
export function sorted<Good extends Placed>(
	goods: readonly Good[],
	skuIds: readonly string[]
): Good[] | undefined {
	const wanted = [...new Set(skuIds)];
	const first = wanted.flatMap((skuId) => goods.filter((good) => good.skuId === skuId));
	if (first.length < wanted.length) return undefined;
	return [...first, ...goods.filter(({ skuId }) => !wanted.includes(skuId))];
}
