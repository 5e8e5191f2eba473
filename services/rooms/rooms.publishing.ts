/** What media nodes ask and tell: who may stream, and how the stream is. */
import type { Sql } from "../../mixins/sql/index.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { roomErrors } from "./rooms.errors.ts";
import { isCurrentKey, type ParsedKey, type StreamKeys } from "./rooms.keys.ts";
import { announce, applyEvent, applyTo } from "./rooms.lifecycle.ts";
import { findKey, lockRoom, writeInfo, writeKey, writeSign } from "./rooms.model.ts";
import { isCurrent, isOpen } from "./rooms.rules.ts";

/** The text of a new key. Whoever publishes on the one before it is told to stop. */
export async function rotateKey(
	db: Sql,
	keys: StreamKeys,
	{ roomId, now }: { roomId: string; now: Date }
): Promise<string> {
	const { text, stored } = keys.issue(roomId, now);
	await db.transaction(async (tx) => {
		const done = await applyEvent(tx, roomId, { type: "key-rotated", at: now });
		if (!done) return;
		await writeKey(tx, roomId, stored);
		await publish(tx, "rooms.keyRotated", { roomId, generation: done.room.generation });
		announce(tx, roomId);
	});
	return text;
}

/**
 * Lets an encoder in. The room is locked while its key is compared, so that a rotation comes
 * either before, and the old key is refused, or after, and closes this generation too.
 */
export async function authorize(db: Sql, key: ParsedKey, at: Date) {
	return db.transaction(async (tx) => {
		const room = await lockRoom(tx, key.roomId);
		if (!room || !isCurrentKey(key, await findKey(tx, key.roomId))) {
			throw roomErrors.KEY_NOT_VALID();
		}
		if (!isOpen(room) || room.sessionId === null) throw roomErrors.ROOM_NOT_LIVE();
		const { sessionId } = room;
		const done = await applyTo(tx, room, { type: "publish", at });
		return { roomId: room.id, sessionId, generation: done.room.generation };
	});
}

export interface Told {
	readonly roomId: string;
	readonly generation: number;
	readonly at: Date;
}

/** False when the generation is not the room's any more. */
export async function heard(
	db: Sql,
	{ roomId, generation, at, info }: Told & { info: object }
): Promise<boolean> {
	const text = JSON.stringify(info);
	if (await writeSign(db, roomId, { generation, at, info: text })) return true;
	return db.transaction(async (tx) => {
		const done = await applyEvent(tx, roomId, { type: "packets", generation, at });
		if (!done || !isCurrent(done.room, generation)) return false;
		await writeInfo(tx, roomId, text);
		return true;
	});
}

/** False when the generation was not the room's any more, and nothing was changed. */
export async function gone(db: Sql, { roomId, generation, at }: Told): Promise<boolean> {
	const event = { type: "stopped", generation, at } as const;
	const done = await db.transaction((tx) => applyEvent(tx, roomId, event));
	return done?.changed ?? false;
}
