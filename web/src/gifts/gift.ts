/** A gift as a room tells of it. */
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";

export interface GivenGift {
	readonly id: string;
	readonly sender: { readonly id: string; readonly nickname: string };
	readonly gift: {
		readonly id: string;
		readonly name: string;
		readonly effect: string;
		readonly icon: string;
	};
	readonly count: number;
	readonly coins: number;
	/** How many in a row, these included. */
	readonly combo: number;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const numberOr = (value: unknown, other: number): number =>
	typeof value === "number" && Number.isFinite(value) ? value : other;

/** Undefined for what is none, or cannot be shown. */
export function givenGiftOf({ id, kind, from, body }: Envelope): GivenGift | undefined {
	if (kind !== "gift" || !from) return undefined;
	const gift = (body.gift ?? {}) as Readonly<Record<string, unknown>>;
	if (!isText(gift.name)) return undefined;
	const count = numberOr(body.count, 1);
	return {
		id,
		sender: { id: from.id, nickname: from.nickname },
		gift: {
			id: String(gift.id ?? ""),
			name: gift.name,
			effect: isText(gift.effect) ? gift.effect : "",
			icon: isText(gift.icon) ? gift.icon : "🎁"
		},
		count,
		coins: numberOr(body.coins, 0),
		combo: Math.max(count, numberOr(body.combo, count))
	};
}
