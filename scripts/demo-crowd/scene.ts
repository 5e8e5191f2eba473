/** What the people of a crowd share: where they are, what they know of it, and what they note. */
import type { Dice } from "./dice.ts";
import type { Answer, Request } from "./http.ts";
import type { Kind, Tally } from "./tally.ts";

/** Something that moves money or goods, under a key that makes it count once. */
export interface Intent {
	readonly kind: Kind;
	readonly personId: string;
	readonly request: Request & { readonly key: string };
	/** Of the first try; milliseconds since 1970. */
	readonly startedAt: number;
	tries: number;
	/** Undefined when there was none in the end. */
	answer?: Settled<unknown>;
}

/** A message to one user that the platform said it has. */
export interface Told {
	readonly id: string;
	readonly from: string;
	readonly to: string;
}

/** An answer that is final. */
export type Settled<T> = Extract<Answer<T>, { outcome: "done" | "refused" }>;

export interface Good {
	readonly skuId: string;
	readonly stock: number;
	readonly onSale: boolean;
}

/** What anybody can see; read at the start, and again whenever somebody browses. */
export interface Offers {
	goods: readonly Good[];
	/** The id of a flash sale that is open now. */
	saleId: string | undefined;
	/** Of the cheapest gifts, so that coins last. */
	giftIds: readonly string[];
	/** The largest package; undefined where nobody takes play money. */
	packageId: string | undefined;
}

/** Takes play money outside production. */
export const playMoney = "sandbox";

export class Scene {
	/** `http://host:port` of each edge. */
	readonly urls: readonly string[];
	readonly roomId: string;
	readonly tally: Tally;
	readonly dice: Dice;
	/** Remembers what a reconciliation needs; it grows with time. */
	readonly isKept: boolean;
	readonly intents: Intent[] = [];
	readonly told: Told[] = [];
	readonly offers: Offers = {
		...{ goods: [], saleId: undefined, giftIds: [], packageId: undefined }
	};
	/** Whether there has been a picture: from then on a missing one is an outage. */
	hasPicture = false;
	/** No try begins after it; milliseconds since 1970. */
	deadline = Number.POSITIVE_INFINITY;

	constructor(plan: Pick<Scene, "urls" | "roomId" | "tally" | "dice" | "isKept">) {
		this.urls = plan.urls;
		this.roomId = plan.roomId;
		this.tally = plan.tally;
		this.dice = plan.dice;
		this.isKept = plan.isKept;
	}
}
