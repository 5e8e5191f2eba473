/** A step of a room's life: decided, written and told of in one transaction. */
import { typed } from "../../lib/context.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { once, publish } from "../outbox/outbox.tx.ts";
import { lockRoom, writeState } from "./rooms.model.ts";
import type { Room } from "./rooms.row.ts";
import { type Decision, decide, heatOf, isOpen, type RoomEvent } from "./rooms.rules.ts";
import { closeSession, findLiveRoomOf, insertSession } from "./rooms.sessions.model.ts";

/** Undefined when there is no such room. `changed` is false where the event came in vain. */
export async function applyEvent(
	tx: Transaction,
	roomId: string,
	event: RoomEvent
): Promise<{ room: Room; changed: boolean } | undefined> {
	const room = await lockRoom(tx, roomId);
	return room && applyTo(tx, room, event);
}

/** The same for a room that the transaction has locked already. */
export async function applyTo(
	tx: Transaction,
	room: Room,
	event: RoomEvent
): Promise<{ room: Room; changed: boolean }> {
	const decision = decide(room, event);
	if (decision.state === room) return { room, changed: false };
	const next = await written(tx, room, { decision, at: event.at });
	await tell(tx, next, { decision, at: event.at });
	announce(tx, room.id);
	return { room: next, changed: true };
}

async function written(
	tx: Transaction,
	room: Room,
	{ decision: { state, reason }, at }: { decision: Decision; at: Date }
): Promise<Room> {
	const { id, hostId } = room;
	const isNewSession = state.sessionId !== null && state.sessionId !== room.sessionId;
	if (isNewSession) {
		await insertSession(tx, { id: state.sessionId, roomId: id, hostId, at });
	}
	if (reason && state.sessionId !== null) await closeSession(tx, state.sessionId, { reason, at });
	const viewers = isOpen(state) ? room.viewers : 0;
	const next: Room = {
		...room,
		...state,
		viewers,
		heat: heatOf(viewers, state.startedAt ?? room.createdAt),
		...(isNewSession ? { endedAt: null, peakViewers: 0, likes: 0 } : {}),
		...(reason && state.sessionId !== null ? { endedAt: at } : {})
	};
	await writeState(tx, id, next);
	return next;
}

async function tell(
	tx: Transaction,
	{ id, hostId, sessionId, generation }: Room,
	{ decision: { fact, reason }, at }: { decision: Decision; at: Date }
): Promise<void> {
	if (!fact || sessionId === null) return;
	const payload = { roomId: id, sessionId, hostId, at: at.toISOString() };
	if (fact !== "ended") await publish(tx, `rooms.${fact}`, payload);
	else if (reason) await publish(tx, "rooms.ended", { ...payload, reason, generation });
}

/** A hint to every node and page; who misses it asks again soon anyway. */
export function announce(tx: Transaction, roomId: string): void {
	tx.afterCommit(`rooms.changed:${roomId}`, (broker) => {
		typed(broker)
			.broadcast("rooms.changed", { roomId })
			.catch((error) => broker.logger.warn("A room's change was not announced:", error));
	});
}

/** A fact about a host, as its channel brings it. */
interface HostFact {
	readonly params: { readonly userId: string };
	readonly headers: { readonly "message-id": string };
}

/** Ends what the host has open; a repeat must not end what they opened since. */
export async function endSessionOf(
	tx: Transaction,
	reason: "banned" | "operator",
	{ params, headers }: HostFact
): Promise<void> {
	if (!(await once(tx, "rooms", headers["message-id"]))) return;
	const roomId = await findLiveRoomOf(tx, params.userId);
	if (roomId !== undefined) await applyEvent(tx, roomId, { type: "end", reason, at: new Date() });
}
