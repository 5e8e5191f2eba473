/**
 * The other side: a transaction of its own for each gift, tuned by hand, straight on 32 connections
 * of mysql2 without a service around it. It writes the rows that ours writes, with prepared
 * statements and in the best order there is: what is nobody else's first, the rows that all gifts
 * share last and in one packet with the commit, so that they are locked for one round trip. It is
 * spared what the service does besides: reading room, user and catalogue, checking, and the chain
 * of hashes.
 */
import { type Connection, createConnection, type ResultSetHeader } from "mysql2/promise";
import { comboSince } from "../../services/gifts/gifts.rules.ts";
import { newMessageId } from "../../services/outbox/outbox.tx.ts";
import { keyOf } from "../../services/wallets/wallets.rules.ts";
import { coinCurrency } from "../../services/wallets/wallets.tx.ts";

export const connections = 32;

/** A rose from one to another. */
export interface PlainGift {
	/** Id of the record. */
	readonly number: number;
	/** Of the intent. */
	readonly key: string;
	readonly userId: string;
	readonly hostId: string;
	readonly roomId: string;
	readonly sessionId: string;
}

export interface OneByOne {
	give(gift: PlainGift): Promise<void>;
	close(): Promise<void>;
}

/** A rose: five coins, of which the host has two. */
const [coins, hostCoins] = [5, 2];
const hash = "0".repeat(43);
const platform = keyOf({ system: "platform", currency: coinCurrency }).id;

export async function oneByOne(url: string): Promise<OneByOne> {
	const all = await Promise.all(Array.from({ length: connections }, () => connect(url)));
	const free = [...all];
	const waiting: ((connection: Connection) => void)[] = [];
	return {
		async give(gift) {
			const connection =
				free.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)));
			await giveOn(connection, gift);
			const next = waiting.shift();
			if (next) next(connection);
			else free.push(connection);
		},
		async close() {
			await Promise.all(all.map((connection) => connection.end()));
		}
	};
}

async function connect(uri: string): Promise<Connection> {
	const connection = await createConnection({ uri, multipleStatements: true, timezone: "Z" });
	await connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
	return connection;
}

async function giveOn(connection: Connection, gift: PlainGift): Promise<void> {
	const { number, key, userId, hostId, roomId, sessionId } = gift;
	const [transfer, message, at] = [newMessageId(Date.now()), newMessageId(Date.now()), new Date()];
	const [payer, host] = [
		keyOf({ userId, kind: "coins" }).id,
		keyOf({ userId: hostId, kind: "income" }).id
	];
	await connection.query("START TRANSACTION");
	await connection.execute(
		`INSERT INTO wallets_transfers (id, intent, request_hash, kind, reference, at)
			VALUES (?, ?, ?, 'gift', ?, ?)`,
		[transfer, `gift:${userId}:${key}`, hash, String(number), at]
	);
	const [paid] = await connection.execute<ResultSetHeader>(
		`UPDATE wallets_accounts SET balance = (@balance := balance - ?), version = version + 1
			WHERE id = ? AND balance - held >= ? AND NOT frozen`,
		[coins, payer, coins]
	);
	if (paid.affectedRows !== 1) throw new Error("The payer cannot pay.");
	await connection.execute(
		`INSERT INTO gifts_records (id, user_id, intent_key, request_hash, room_id, session_id,
			host_id, gift_id, gift_name, effect, icon, price, quantity, coins, host_coins, combo,
			balance, sent_at)
			SELECT ?, ?, ?, ?, ?, ?, ?, 2, 'Rose', 'petals', '🌹', ?, 1, ?, ?,
				@combo := last + 1, @balance, ?
			FROM (
				SELECT COALESCE(MAX(combo), 0) AS last FROM gifts_records
				WHERE user_id = ? AND sent_at >= ? AND room_id = ? AND gift_id = 2
			) AS combos`,
		[
			...[number, userId, key, hash.padEnd(64, "0"), roomId, sessionId, hostId],
			...[coins, coins, hostCoins, at, userId, comboSince(at), roomId]
		]
	);
	await connection.execute(
		`INSERT INTO outbox_messages (id, channel, payload, message_id, consumer, request_id,
			attempts, first_due_at, due_at)
			VALUES (?, 'gifts.sent', CONCAT(?, @combo, '}'), ?, NULL, ?, 0, ?, ?)`,
		[message, payload(gift, at), message, message, at, at]
	);
	await connection.query(hotRows(transfer, { payer, host }));
}

/**
 * What others wait for, and the end, in one packet. Ids are numbers of ours: nothing in here comes
 * from outside.
 */
const hotRows = (transfer: string, { payer, host }: Readonly<Record<"payer" | "host", unknown>>) =>
	`UPDATE wallets_accounts SET balance = balance + ${hostCoins}, version = version + 1
		WHERE id = ${host};
	UPDATE wallets_accounts SET balance = balance + ${coins - hostCoins}, version = version + 1
		WHERE id = ${platform};
	INSERT INTO wallets_entries (account_id, sequence, transfer_id, amount, balance_after, hash)
		SELECT id, version, '${transfer}', CASE id WHEN ${payer} THEN -${coins}
			WHEN ${host} THEN ${hostCoins} ELSE ${coins - hostCoins} END, balance, '${hash}'
		FROM wallets_accounts WHERE id IN (${payer}, ${host}, ${platform});
	COMMIT`;

/** The fact that rooms and rankings hear, but for its last number, which only SQL knows. */
function payload(gift: PlainGift, at: Date): string {
	const { number, userId, hostId, roomId, sessionId } = gift;
	const words = JSON.stringify({
		...{ giftRecordId: String(number), roomId, sessionId, hostId },
		sender: { id: userId, nickname: "Somebody", level: 1 },
		gift: { id: "2", name: "Rose", effect: "petals", icon: "🌹" },
		...{ count: 1, coins, at: at.toISOString() }
	});
	return `${words.slice(0, -1)},"combo":`;
}
