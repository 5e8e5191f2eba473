/**
 * The inbox of every user: a message that must arrive is committed here before anybody is told of
 * it, so that no fault of the fast state can lose it. Writes and acks are group commits.
 */
import { limits } from "../../config/limits.ts";
import { type CommitFigures, type GroupCommit, groupCommit } from "../../lib/group-commit.ts";
import { isUniqueViolation, type Sql, type Transaction } from "../../mixins/sql/index.ts";
import {
	countUnread,
	findByOrigin,
	type InboxRow,
	insertInbox,
	listUnread,
	markAcked,
	removeInbox,
	type Stored
} from "./im-router.inbox.model.ts";

export interface InboxItem extends InboxRow {
	/** What people send is refused when the inbox is full; the platform's own never is. */
	readonly mayBeRefused: boolean;
}

/** The row as it stands now, of this or of an earlier try; undefined: the inbox is full. */
export type InboxVerdict = Stored | undefined;

const triesMax = 3;

export class Inbox {
	readonly #sql: Sql;
	readonly #writes: GroupCommit<InboxItem, InboxVerdict>;
	readonly #acks: GroupCommit<readonly string[], undefined>;

	constructor(sql: Sql, onCommit?: (commit: CommitFigures) => void) {
		this.#sql = sql;
		const bounds = {
			bytesMax: limits.inboxBytesPerCommitMax,
			queueItemsMax: limits.inboxWaitingRowsMax,
			queueBytesMax: limits.inboxWaitingBytesMax
		};
		this.#writes = groupCommit({
			...bounds,
			...(onCommit ? { onCommit } : {}),
			itemsMax: limits.inboxRowsPerCommitMax,
			bytesOf: ({ envelope }) => Buffer.byteLength(envelope),
			commit: (items) => this.#commit(items)
		});
		this.#acks = groupCommit({
			...bounds,
			// Each item may be all that a device can have pending.
			itemsMax: 10,
			bytesOf: (ids) => ids.length * 36,
			commit: async (items) => {
				// In the order of the key, as other transactions lock them.
				await markAcked(this.#sql, [...new Set(items.flat())].sort(), new Date());
				return items.map(() => undefined);
			}
		});
	}

	/** Settles when it is committed. Throws BUSY when too many wait. */
	write(item: InboxItem): Promise<InboxVerdict> {
		return this.#writes.submit(item);
	}

	/** The rows with these keys have arrived. */
	async acked(ids: readonly string[]): Promise<void> {
		if (ids.length > 0) await this.#acks.submit(ids);
	}

	async stop(): Promise<void> {
		await Promise.all([this.#writes.stop(), this.#acks.stop()]);
	}

	/** The same message sent by two nodes at once is refused to one of them, which looks again. */
	async #commit(items: readonly InboxItem[]): Promise<InboxVerdict[]> {
		for (let attempt = 1; ; attempt += 1) {
			try {
				return await this.#sql.transaction((tx) => writeAll(tx, items));
			} catch (error) {
				if (attempt >= triesMax || !isUniqueViolation(error)) throw error;
			}
		}
	}
}

async function writeAll(tx: Transaction, items: readonly InboxItem[]): Promise<InboxVerdict[]> {
	const stored = await findByOrigin(tx, [...new Set(items.map(({ origin }) => origin))]);
	const fresh = items.filter(({ origin }) => !stored.has(origin));
	if (fresh.length === 0) return items.map(({ origin }) => stored.get(origin));
	const unread = await countUnread(tx, [...new Set(fresh.map(({ userId }) => userId))]);
	const rows: InboxItem[] = [];
	for (const item of fresh) {
		if (stored.has(item.origin)) continue;
		const count = unread.get(item.userId) ?? 0;
		if (item.mayBeRefused && count >= limits.inboxUnreadTellMax) continue;
		unread.set(item.userId, count + 1);
		const { id, origin, envelope } = item;
		stored.set(origin, { id, origin, envelope, acked: false });
		rows.push(item);
	}
	await insertInbox(tx, rows);
	for (const [userId, count] of unread) {
		if (count > limits.inboxUnreadMax) await displace(tx, userId, count - limits.inboxUnreadMax);
	}
	return items.map(({ origin }) => stored.get(origin));
}

/** Nobody has read the oldest for a very long time: they give way to the new ones. */
async function displace(tx: Transaction, userId: string, count: number): Promise<void> {
	const oldest = await listUnread(tx, { userId, after: undefined, limit: count });
	await removeInbox(
		tx,
		oldest.map(({ id }) => id)
	);
}
