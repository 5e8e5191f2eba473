/** Private messages and those of the platform, by who they are with. Pure. */
import type { Envelope, Sender } from "../../../services/im-router/im-router.contract.ts";
import { textOf } from "../chat/room-events.ts";

export const lettersKeptMax = 500;

/** Who a thread is with: a user, or the platform itself. */
export type Peer = Pick<Sender, "id" | "nickname">;
export const platformPeer: Peer = { id: "platform", nickname: "" };

export interface Letter {
	readonly id: string;
	readonly peer: Peer;
	readonly isMine: boolean;
	/** What it is about, where it is not from a person. */
	readonly kind: Envelope["kind"];
	readonly text: string;
	/** What the platform tells of, and about what; pages put it into words. */
	readonly news?: News;
	readonly at: string;
	/** Of an own one that the platform does not have yet. */
	readonly state?: "sending" | "failed";
	readonly code?: string;
}

export type News =
	| { readonly type: "went-live"; readonly roomId: string; readonly name: string }
	| { readonly type: "recharged"; readonly coins: number }
	| { readonly type: "order"; readonly event: OrderEvent; readonly orderId: string };

const orderEvents = {
	placed: "placed",
	paid: "paid",
	closed: "closed",
	refunded: "refunded",
	sold: "sold",
	shipped: "shipped",
	"sale-refunded": "returned",
	"sale-received": "arrived"
} as const;
/** `sold`, `returned` and `arrived` are told to sellers. */
export type OrderEvent = (typeof orderEvents)[keyof typeof orderEvents];

export interface Letters {
	/** The oldest first. */
	readonly items: readonly Letter[];
	/** By peer: what is older than this was seen. */
	readonly seen: Readonly<Record<string, string>>;
}

export interface Thread {
	readonly peer: Peer;
	readonly letters: readonly Letter[];
	readonly unread: number;
}

export const noLetters: Letters = { items: [], seen: {} };

const kinds = new Set<Envelope["kind"]>(["private", "system", "order", "gift-failed"]);

/** Undefined for what is no letter. */
export function letterOf(envelope: Envelope): Letter | undefined {
	const { id, kind, from, at, roomId } = envelope;
	if (!kinds.has(kind) || roomId !== undefined) return undefined;
	const peer = kind === "private" && from ? { id: from.id, nickname: from.nickname } : platformPeer;
	const news = newsOf(envelope);
	const letter = { id, peer, isMine: false, kind, text: textOf(envelope), at };
	return news ? { ...letter, news } : letter;
}

function newsOf({ kind, body }: Envelope): News | undefined {
	if (kind === "order") return orderNewsOf(body);
	if (kind !== "system") return undefined;
	const { type, roomId, coins } = body;
	const { nickname } = (body.host ?? {}) as { nickname?: unknown };
	if (type === "went-live" && typeof roomId === "string" && typeof nickname === "string") {
		return { type, roomId, name: nickname };
	}
	return type === "recharged" && typeof coins === "number" ? { type, coins } : undefined;
}

function orderNewsOf({ type, orderId }: Envelope["body"]): News | undefined {
	if (typeof type !== "string" || typeof orderId !== "string") return undefined;
	if (!Object.hasOwn(orderEvents, type)) return undefined;
	return { type: "order", event: orderEvents[type as keyof typeof orderEvents], orderId };
}

/** All of both, once each. What was sent meanwhile wins over what still says that it is sending. */
export function merged(a: Letters, b: Letters): Letters {
	const byId = new Map<string, Letter>();
	for (const letter of [...a.items, ...b.items]) {
		const known = byId.get(letter.id);
		if (!known || known.state !== undefined) byId.set(letter.id, letter);
	}
	const items = [...byId.values()].sort(
		(one, other) => compareText(one.at, other.at) || compareText(one.id, other.id)
	);
	const seen: Record<string, string> = { ...a.seen };
	for (const [id, at] of Object.entries(b.seen)) {
		if (at > (seen[id] ?? "")) seen[id] = at;
	}
	return { items: items.slice(-lettersKeptMax), seen };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const withLetter = (letters: Letters, letter: Letter): Letters =>
	merged(letters, { items: [letter], seen: {} });

/** Puts another in the place of one: it has got its id, or failed. */
export function replaced(letters: Letters, id: string, letter: Letter): Letters {
	const items = letters.items.filter((one) => one.id !== id);
	return withLetter({ ...letters, items }, letter);
}

export function withSeen(letters: Letters, peerId: string): Letters {
	const last = letters.items.findLast(({ peer, isMine }) => peer.id === peerId && !isMine);
	if (!last || (letters.seen[peerId] ?? "") >= last.at) return letters;
	return { ...letters, seen: { ...letters.seen, [peerId]: last.at } };
}

const isUnread = ({ seen }: Letters, { isMine, at, peer }: Letter): boolean =>
	!isMine && at > (seen[peer.id] ?? "");

export const unreadOf = (letters: Letters): number =>
	letters.items.filter((letter) => isUnread(letters, letter)).length;

/** The one that was written in last comes first. */
export function threadsOf(letters: Letters): Thread[] {
	const threads = new Map<string, Letter[]>();
	for (const letter of letters.items) {
		const thread = threads.get(letter.peer.id);
		if (thread) thread.push(letter);
		else threads.set(letter.peer.id, [letter]);
	}
	return [...threads.values()]
		.map((items) => ({
			// Names change: the newest one counts.
			peer: (items.findLast(({ isMine }) => !isMine) ?? items.at(-1) ?? { peer: platformPeer })
				.peer,
			letters: items,
			unread: items.filter((letter) => isUnread(letters, letter)).length
		}))
		.sort((a, b) => compareText(b.letters.at(-1)?.at ?? "", a.letters.at(-1)?.at ?? ""));
}
