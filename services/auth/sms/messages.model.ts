/** The table `auth_messages` of the log provider. */
import { limits } from "../../../config/limits.ts";
import type { Queryable } from "../../../mixins/sql/index.ts";
import type { SmsMessage } from "./provider.ts";

export interface SentMessage {
	readonly phone: string;
	readonly text: string;
	readonly code: string | null;
	readonly at: Date;
}

export async function insertMessage(db: Queryable, message: SmsMessage, at: Date): Promise<void> {
	await db.execute(
		"INSERT INTO auth_messages (id, phone, message_text, code, sent_at) VALUES (?, ?, ?, ?, ?)",
		[message.id, message.phone, message.text, message.code, at]
	);
}

/** The last ones, newest first; of one phone, or of all. */
export async function findMessages(db: Queryable, phone?: string): Promise<SentMessage[]> {
	const rows = await db.query<{
		phone: string;
		message_text: string;
		code: string | null;
		sent_at: Date;
	}>(
		`SELECT phone, message_text, code, sent_at FROM auth_messages
			${phone === undefined ? "" : "WHERE phone = ?"} ORDER BY sent_at DESC, id DESC LIMIT ?`,
		[...(phone === undefined ? [] : [phone]), limits.devMessagesMax]
	);
	return rows.map((row) => ({
		phone: row.phone,
		text: row.message_text,
		code: row.code,
		at: row.sent_at
	}));
}

export async function deleteMessagesBefore(db: Queryable, before: Date): Promise<void> {
	await db.execute("DELETE FROM auth_messages WHERE sent_at < ?", [before]);
}
