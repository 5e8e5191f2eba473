/**
 * Gifts that arrive together share one commit: their transfers, records and facts, each gift with
 * a verdict of its own. One hot host is then one row that is written once per commit, not once per
 * gift (bench/money.ts). All hosts share the lane, because all transfers share the platform's
 * account: lanes beside each other would only wait for that row in turn.
 */
import { limits } from "../../config/limits.ts";
import { type CommitFigures, type GroupCommit, groupCommit } from "../../lib/group-commit.ts";
import type { Static } from "../../lib/schemas.ts";
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import type { Sender } from "../im-router/im-router.contract.ts";
import { publishAll } from "../outbox/outbox.tx.ts";
import {
	coinCurrency,
	postTransfers,
	type TransferRequest,
	type TransferVerdict
} from "../wallets/wallets.tx.ts";
import {
	findAnswer,
	findCombos,
	type GiftRecord,
	type IntentKey,
	insertRecords
} from "./gifts.model.ts";
import { Combos, comboSince, sharesOf } from "./gifts.rules.ts";

/** A gift on its way to its commit: all that it takes was read before. */
export interface GiftIntent
	extends Omit<GiftRecord, "id" | "userId" | "combo" | "balance" | "at" | "hostCoins"> {
	readonly sender: Static<typeof Sender>;
	readonly key: string;
	readonly hash: string;
	readonly hostPercent: number;
	readonly requestId: string | undefined;
}

export type GiftVerdict =
	| { readonly outcome: "sent"; readonly id: string; readonly balance: number; combo: number }
	| { readonly outcome: "insufficient" | "frozen" | "conflict" };

export interface SendingOptions {
	readonly db: Sql;
	/** Ids for so many records. */
	readonly takeIds: (count: number) => Promise<readonly string[]>;
	readonly onCommit?: (commit: CommitFigures) => void;
}

type Paid = GiftRecord & Omit<IntentKey, "userId"> & { readonly intent: GiftIntent };

/** More than the words of a gift take in its statements. */
const giftBytes = 1_024;

export function giftSending(options: SendingOptions): GroupCommit<GiftIntent, GiftVerdict> {
	return groupCommit<GiftIntent, GiftVerdict>({
		itemsMax: limits.giftsPerCommitMax,
		bytesMax: limits.giftsPerCommitMax * giftBytes,
		bytesOf: () => giftBytes,
		queueItemsMax: limits.giftsWaitingMax,
		queueBytesMax: limits.giftWaitingBytesMax,
		...(options.onCommit ? { onCommit: options.onCommit } : {}),
		async commit(intents) {
			const ids = await options.takeIds(intents.length);
			return options.db.transaction((tx) => sendAll(tx, intents, ids));
		}
	});
}

/** Pays, records and tells of all that can be paid, in their order. */
export async function sendAll(
	tx: Transaction,
	intents: readonly GiftIntent[],
	ids: readonly string[]
): Promise<GiftVerdict[]> {
	const transfers = await postTransfers(
		tx,
		intents.map((intent, index) => transferOf(intent, ids[index] as string))
	);
	// The payers are locked from here on, so nobody else's gift can come into their combos.
	const at = new Date();
	const payers = intents.filter((_, index) => transfers[index]?.outcome === "posted");
	const userIds = payers.map(({ sender }) => sender.id);
	const combos = new Combos(await findCombos(tx, userIds, comboSince(at)));
	const paid = new Map<GiftIntent, Paid>();
	for (const [index, intent] of intents.entries()) {
		const transfer = transfers[index];
		if (transfer?.outcome !== "posted") continue;
		const { sender, roomId, giftId, count } = intent;
		paid.set(intent, {
			...intent,
			intent,
			id: ids[index] as string,
			userId: sender.id,
			hostCoins: sharesOf(intent.coins, intent.hostPercent).host,
			combo: combos.next({ userId: sender.id, roomId, giftId }, count),
			balance: transfer.balances[0] as number,
			at
		});
	}
	await insertRecords(tx, [...paid.values()]);
	await tell(tx, [...paid.values()]);
	return verdictsOf(tx, intents, { transfers, paid });
}

function transferOf(intent: GiftIntent, id: string): TransferRequest {
	const { sender, key, coins, hostId, hostPercent } = intent;
	const { host, platform } = sharesOf(coins, hostPercent);
	return {
		intent: `gift:${sender.id}:${key}`,
		kind: "gift",
		reference: id,
		legs: [
			{ account: { userId: sender.id, kind: "coins" }, amount: -coins },
			{ account: { userId: hostId, kind: "income" }, amount: host },
			{ account: { system: "platform", currency: coinCurrency }, amount: platform }
		]
	};
}

async function tell(tx: Transaction, paid: readonly Paid[]): Promise<void> {
	if (paid.length === 0) return;
	await publishAll(
		tx,
		paid.map((record) => ({
			channel: "gifts.sent" as const,
			payload: {
				giftRecordId: record.id,
				roomId: record.roomId,
				sessionId: record.sessionId,
				hostId: record.hostId,
				sender: record.intent.sender,
				gift: {
					id: record.giftId,
					name: record.giftName,
					effect: record.effect,
					icon: record.icon
				},
				count: record.count,
				coins: record.coins,
				combo: record.combo,
				at: record.at.toISOString()
			},
			...(record.intent.requestId === undefined ? {} : { requestId: record.intent.requestId })
		}))
	);
}

interface Outcome {
	readonly transfers: readonly TransferVerdict[];
	readonly paid: ReadonlyMap<GiftIntent, Paid>;
}

async function verdictsOf(
	tx: Transaction,
	intents: readonly GiftIntent[],
	{ transfers, paid }: Outcome
): Promise<GiftVerdict[]> {
	const verdicts: GiftVerdict[] = [];
	for (const [index, intent] of intents.entries()) {
		const outcome = transfers[index]?.outcome;
		const record = paid.get(intent);
		if (record) {
			const { id, balance, combo } = record;
			verdicts.push({ outcome: "sent", id, balance, combo });
		} else if (outcome === "insufficient" || outcome === "frozen") {
			verdicts.push({ outcome });
		} else {
			verdicts.push(await firstVerdict(tx, intent));
		}
	}
	return verdicts;
}

/**
 * The intent was paid before. The ledger calls it `conflict` too when the record's id or the shares
 * are others this time; whether the client asks for the same is told by the hash of its body.
 */
async function firstVerdict(tx: Transaction, intent: GiftIntent): Promise<GiftVerdict> {
	const first = await findAnswer(tx, { userId: intent.sender.id, key: intent.key });
	if (first?.hash !== intent.hash) return { outcome: "conflict" };
	const { id, balance, combo } = first;
	return { outcome: "sent", id, balance, combo };
}
