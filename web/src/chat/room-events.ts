/** What the platform's own messages of a room say. Unknown ones are nobody's fault: newer nodes. */
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";

export const roomEvents = ["live", "paused", "resumed", "ended", "entered"] as const;
export type RoomEvent = (typeof roomEvents)[number];

const isEvent = (word: unknown): word is RoomEvent =>
	(roomEvents as readonly unknown[]).includes(word);

export function roomEventOf({ kind, body }: Envelope): RoomEvent | undefined {
	return kind === "room" && isEvent(body.type) ? body.type : undefined;
}

/** Until when this page may not be in the room (null: until lifted); undefined when it may. */
export function ousterOf({ kind, body }: Envelope): string | null | undefined {
	if (kind !== "room" || (body.type !== "banned" && body.type !== "kicked")) return undefined;
	return typeof body.until === "string" ? body.until : null;
}

export const countOf = ({ body }: Envelope, name: "viewers" | "likes"): number | undefined => {
	const count = body[name];
	return typeof count === "number" && count >= 0 ? count : undefined;
};

/** The words of a message, whoever wrote them; shown as text, never as anything else. */
export const textOf = ({ body }: Envelope): string =>
	typeof body.text === "string" ? body.text : "";
