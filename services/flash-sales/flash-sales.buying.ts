/**
 * Purchases of one sale that arrive together share one commit: units, orders, facts and answers,
 * each purchase with a verdict of its own. The sale's row is locked first, so that two nodes that
 * sell it at once take turns, and is written once per commit, not once per purchase
 * (bench/flash-sale.ts).
 */
import { limits } from "../../config/limits.ts";
import { type CommitFigures, type GroupCommit, groupCommit } from "../../lib/group-commit.ts";
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import { defaultAddresses } from "../addresses/addresses.tx.ts";
import { coinsFor, type NewCheckout, type NewOrder, writeOrders } from "../orders/orders.tx.ts";
import { lockSale, moveUnits, type Sale } from "./flash-sales.model.ts";
import {
	findPurchases,
	insertPurchases,
	insertUnits,
	type Purchase,
	takenUnits
} from "./flash-sales.purchases.model.ts";
import { type Attempt, type Decision, decide, type Outcome } from "./flash-sales.rules.ts";

/** A purchase on its way to its commit: all that it takes was read before. */
export interface BuyIntent extends Attempt {
	/** Where it is sent, as it is now; null: to the buyer's default address, if there is one. */
	readonly address: NewCheckout["address"];
}

export interface Answer {
	readonly outcome: Outcome;
	readonly orderId: string | null;
	readonly quantity: number;
	readonly expiresAt: Date | null;
}

export type BuyVerdict =
	/** `isNew`: decided now; else it is what this key was answered before. */
	| { readonly kind: "answered"; readonly answer: Answer; readonly isNew: boolean }
	| { readonly kind: "conflict" };

/** Ids for what a commit may write. */
export interface NewIds {
	readonly orders: readonly string[];
	readonly checkouts: readonly string[];
}

export interface BuyingOptions {
	readonly db: Sql;
	readonly coinsPerUnit: number;
	readonly takeIds: (count: number) => Promise<NewIds>;
	readonly onCommit?: (commit: CommitFigures) => void;
}

/** More than a purchase takes in its statements. */
const purchaseBytes = 4_096;

/** The lane of one sale. */
export function buyingIn(
	saleId: string,
	options: BuyingOptions
): GroupCommit<BuyIntent, BuyVerdict> {
	return groupCommit<BuyIntent, BuyVerdict>({
		itemsMax: limits.flashSalePurchasesPerCommitMax,
		bytesMax: limits.flashSalePurchasesPerCommitMax * purchaseBytes,
		bytesOf: () => purchaseBytes,
		queueItemsMax: limits.flashSalePurchasesWaitingMax,
		queueBytesMax: limits.flashSalePurchasesWaitingMax * purchaseBytes,
		...(options.onCommit ? { onCommit: options.onCommit } : {}),
		async commit(intents) {
			const { db, coinsPerUnit } = options;
			// Side by side, and before the sale's row is locked: nobody waits for addresses.
			const [ids, addressed] = await Promise.all([
				options.takeIds(intents.length),
				withDefaults(db, intents)
			]);
			const buying = { saleId, intents: addressed, ids, coinsPerUnit };
			return db.transaction((tx) => buyAll(tx, buying));
		}
	});
}

/** Who named no address gets their default one; one query for all of them. */
async function withDefaults(db: Sql, intents: readonly BuyIntent[]): Promise<BuyIntent[]> {
	const unsaid = intents.filter(({ address }) => address === null);
	const defaults = await defaultAddresses(
		db,
		unsaid.map(({ userId }) => userId)
	);
	return intents.map((intent) => ({
		...intent,
		address: intent.address ?? defaults.get(intent.userId) ?? null
	}));
}

export interface Buying {
	readonly saleId: string;
	readonly intents: readonly BuyIntent[];
	/** As many as there are intents, at the least. */
	readonly ids: NewIds;
	readonly coinsPerUnit: number;
}

/** Decides all of them, in their order, and writes what they were answered. */
export async function buyAll(tx: Transaction, buying: Buying): Promise<BuyVerdict[]> {
	const { saleId, intents } = buying;
	const sale = await lockSale(tx, saleId);
	if (!sale) throw new Error(`There is no flash sale ${saleId}.`);
	const before = await findPurchases(
		tx,
		intents.map(({ intent }) => intent)
	);
	const userIds = intents.map(({ userId }) => userId);
	const taken = await takenUnits(tx, saleId, userIds);
	const hashes = new Map([...before].map(([intent, { hash }]) => [intent, hash]));
	const now = new Date();
	const decisions = decide(sale, intents, { known: { hashes, taken }, now });
	const answers = new Map<string, Purchase>(before);
	const fresh = intents.flatMap((intent, index) => {
		const decision = decisions[index];
		if (decision?.kind !== "new") return [];
		const purchase = purchaseOf(intent, { sale, decision, id: buying.ids.orders[index], now });
		answers.set(intent.intent, purchase);
		return [{ intent, purchase, nths: decision.nths, checkoutId: buying.ids.checkouts[index] }];
	});
	await write(tx, sale, { fresh, coinsPerUnit: buying.coinsPerUnit });
	return intents.map(({ intent }, index) => {
		const { kind = "conflict" } = decisions[index] ?? {};
		const answer = answers.get(intent);
		if (kind === "conflict" || !answer) return { kind: "conflict" };
		return { kind: "answered", answer, isNew: kind === "new" };
	});
}

interface Fresh {
	readonly intent: BuyIntent;
	readonly purchase: Purchase;
	readonly nths: readonly number[];
	readonly checkoutId: string | undefined;
}

interface Around {
	readonly sale: Sale;
	readonly decision: Decision & { kind: "new" };
	readonly id: string | undefined;
	readonly now: Date;
}

function purchaseOf(intent: BuyIntent, { sale, decision, id, now }: Around): Purchase {
	const { address: _, ...attempt } = intent;
	const isBought = decision.outcome === "bought";
	if (isBought && id === undefined) throw new Error("There is no id for the order.");
	const expiresAt = new Date(now.getTime() + limits.flashSaleUnpaidMinutes * 60_000);
	return {
		...attempt,
		saleId: sale.id,
		outcome: decision.outcome,
		orderId: isBought ? (id as string) : null,
		expiresAt: isBought ? expiresAt : null,
		at: now,
		releasedAt: null
	};
}

async function write(
	tx: Transaction,
	sale: Sale,
	{ fresh, coinsPerUnit }: { fresh: readonly Fresh[]; coinsPerUnit: number }
): Promise<void> {
	if (fresh.length === 0) return;
	const bought = fresh.filter(({ purchase }) => purchase.outcome === "bought");
	await insertPurchases(
		tx,
		fresh.map(({ purchase }) => purchase)
	);
	if (bought.length === 0) return;
	await insertUnits(
		tx,
		bought.flatMap(({ purchase: { userId, orderId }, nths }) =>
			nths.map((nth) => ({ saleId: sale.id, userId, nth, orderId: orderId as string }))
		)
	);
	await writeOrders(tx, ordersOf(sale, bought, coinsPerUnit));
	const units = bought.reduce((sum, { purchase }) => sum + purchase.quantity, 0);
	await moveUnits(tx, sale.id, { left: -units, sold: units, returned: 0 });
}

function ordersOf(sale: Sale, bought: readonly Fresh[], coinsPerUnit: number) {
	const { skuId, productId, hostId: sellerId, roomId, title, pictureUrl, attributes } = sale;
	const { price, currency } = sale;
	const good = { skuId, productId, sellerId, roomId, title, pictureUrl, attributes, price };
	const checkouts: NewCheckout[] = [];
	const orders: NewOrder[] = [];
	for (const { intent, purchase, checkoutId = "" } of bought) {
		const { userId, quantity, at: placedAt, orderId, expiresAt } = purchase;
		const amount = price * quantity;
		checkouts.push({ id: checkoutId, userId, address: intent.address, placedAt });
		orders.push({
			...{ id: orderId as string, checkoutId, userId, sellerId, currency, placedAt },
			...{ total: amount, totalCoins: coinsFor({ amount, currency }, coinsPerUnit) },
			...{ source: "flash-sale", sourceId: sale.id, expiresAt: expiresAt as Date },
			lines: [{ ...good, quantity, amount }]
		});
	}
	return { checkouts, orders };
}
