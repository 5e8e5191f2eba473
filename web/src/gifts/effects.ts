/**
 * What of a room's gifts is on the picture: banners that count a combo up, and one large effect at
 * a time. Pure and bounded: in a storm the dearest are shown, and one's own.
 */
import type { GivenGift } from "./gift.ts";

export const bannersMax = 3;
export const waitingMax = 24;
export const largeWaitingMax = 6;
const bannerMilliseconds = 3_500;
/** While more wait than fit next: what is shown should not be old. */
const hurriedMilliseconds = 1_200;
export const largeMilliseconds = 3_200;
/** From here on a gift fills the picture, whatever it is. */
const largeCoinsMin = 500;
const largeEffects = new Set(["fireworks", "crown", "car", "rocket"]);

export interface Banner extends GivenGift {
	/** One line on the picture as long as it counts up. */
	readonly key: string;
	/** Milliseconds of the clock; while it waits, when it came. */
	readonly until: number;
	readonly isOwn: boolean;
}

export interface Effects {
	readonly banners: readonly Banner[];
	readonly waiting: readonly Banner[];
	readonly large: Banner | undefined;
	readonly largeWaiting: readonly Banner[];
}

export const noEffects: Effects = {
	banners: [],
	waiting: [],
	large: undefined,
	largeWaiting: []
};

export interface Moment {
	readonly now: number;
	readonly userId: string | undefined;
}

export const isEmpty = ({ banners, waiting, large, largeWaiting }: Effects): boolean =>
	!large && banners.length + waiting.length + largeWaiting.length === 0;

/** What came goes to its place; what was shown long enough goes, and what waits comes. */
export function advanced(effects: Effects, given: readonly GivenGift[], moment: Moment): Effects {
	let next = effects;
	for (const gift of given) next = added(next, gift, moment);
	return moved(next, moment.now);
}

function added(effects: Effects, given: GivenGift, { now, userId }: Moment): Effects {
	const isOwn = given.sender.id === userId;
	const banner: Banner = { ...given, key: given.id, until: now, isOwn };
	const [banners, isShown] = counted(effects.banners, banner, now + bannerMilliseconds);
	const [merged, isWaiting] = counted(effects.waiting, banner, now);
	const waiting = isShown || isWaiting ? merged : bounded([...merged, banner], waitingMax);
	return { ...effects, banners, waiting, ...withLarge(effects, banner) };
}

const isSameLine = (a: GivenGift, b: GivenGift): boolean =>
	a.sender.id === b.sender.id && a.gift.id === b.gift.id;

/** A combo goes on in the line that it has. */
function counted(
	banners: readonly Banner[],
	banner: Banner,
	until: number
): [banners: readonly Banner[], found: boolean] {
	const index = banners.findIndex((one) => isSameLine(one, banner));
	const known = banners[index];
	if (!known) return [banners, false];
	// Lines may come late; only a combo that begins anew counts less than before.
	const isOlder = banner.combo < known.combo && banner.combo > banner.count;
	const combo = isOlder ? known.combo : banner.combo;
	const coins = known.coins + banner.coins;
	return [banners.with(index, { ...known, combo, coins, until }), true];
}

function withLarge(effects: Effects, banner: Banner): Partial<Effects> {
	const isLarge = largeEffects.has(banner.gift.effect) || banner.coins >= largeCoinsMin;
	if (!isLarge) return {};
	const [merged, isWaiting] = counted(effects.largeWaiting, banner, banner.until);
	if (isWaiting) return { largeWaiting: merged };
	return { largeWaiting: bounded([...effects.largeWaiting, banner], largeWaitingMax) };
}

/** Without the one that is missed least: of others, the cheapest, the oldest. */
function bounded(banners: readonly Banner[], most: number): readonly Banner[] {
	if (banners.length <= most) return banners;
	const worth = ({ isOwn, coins }: Banner) => (isOwn ? Number.MAX_SAFE_INTEGER : coins);
	const least = banners.reduce((one, other) => (worth(other) < worth(one) ? other : one));
	return banners.filter((banner) => banner !== least);
}

function moved(effects: Effects, now: number): Effects {
	let { banners, waiting, large, largeWaiting } = effects;
	if (banners.some(({ until }) => until <= now)) {
		banners = banners.filter(({ until }) => until > now);
	}
	const free = bannersMax - banners.length;
	if (free > 0 && waiting.length > 0) {
		const shown = waiting.slice(0, free);
		waiting = waiting.slice(free);
		const stay = waiting.length > bannersMax ? hurriedMilliseconds : bannerMilliseconds;
		banners = [...banners, ...shown.map((one) => ({ ...one, until: now + stay }))];
	}
	if (large && large.until <= now) large = undefined;
	const [first] = largeWaiting;
	if (!large && first) {
		large = { ...first, until: now + largeMilliseconds };
		largeWaiting = largeWaiting.slice(1);
	}
	return { banners, waiting, large, largeWaiting };
}

/** The newest in a few words for those who listen. */
export interface Summary {
	readonly dearest: GivenGift;
	/** How many others there were. */
	readonly others: number;
}

export function summaryOf(given: readonly GivenGift[]): Summary | undefined {
	const [first] = given;
	if (!first) return undefined;
	const byLine = new Map<string, GivenGift>();
	for (const gift of given) {
		const line = `${gift.sender.id}/${gift.gift.id}`;
		const known = byLine.get(line);
		const coins = (known?.coins ?? 0) + gift.coins;
		byLine.set(line, { ...gift, coins, combo: Math.max(known?.combo ?? 0, gift.combo) });
	}
	const lines = [...byLine.values()];
	const dearest = lines.reduce((one, other) => (other.coins > one.coins ? other : one));
	return { dearest, others: lines.length - 1 };
}
