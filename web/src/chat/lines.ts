/**
 * What a room's chat shows, as a pure state: the log of the room by its offsets, whatever way and
 * order its lines came in (history, live, again after a reconnect), and below it the lines of this
 * page that are on their way.
 */
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";

/** More than anybody scrolls back through; a long show would fill the page otherwise. */
export const linesShownMax = 300;

/** `life` counts the epochs that this page has seen, since their names have no order. */
interface Place {
	readonly life: number;
	readonly offset: number;
	/** Orders what has no offset of its own behind the line that it came after. */
	readonly tie: number;
}

export type Entry =
	| { readonly type: "line"; readonly key: string; readonly place: Place; readonly line: Envelope }
	/** Lines are missing here and cannot be had. */
	| { readonly type: "gap"; readonly key: string; readonly place: Place };

export interface OwnLine {
	readonly clientId: string;
	readonly text: string;
	/** `sent`: the platform has it, its line is about to come. */
	readonly state: "sending" | "sent" | "failed";
	readonly id?: string;
	readonly offset?: number;
	/** Why it failed. */
	readonly code?: string;
}

export interface Lines {
	readonly userId: string | undefined;
	readonly epoch: string | undefined;
	readonly life: number;
	/** All of the log up to here was received. */
	readonly position: number;
	/** Something of the log is missing: the room has to be entered again. */
	readonly isBehind: boolean;
	readonly entries: readonly Entry[];
	readonly own: readonly OwnLine[];
	/** How many entries ever came. */
	readonly arrived: number;
	/** What is older was taken off. */
	readonly floor: Place | undefined;
}

export interface Entered {
	readonly epoch: string;
	readonly offset: number;
	readonly recovered: boolean;
	readonly messages: readonly Envelope[];
}

export const noLines = (userId: string | undefined): Lines => ({
	userId,
	epoch: undefined,
	life: 0,
	position: 0,
	isBehind: false,
	entries: [],
	own: [],
	arrived: 0,
	floor: undefined
});

/** From where to enter again; undefined for the first time. */
export const positionOf = ({ epoch, position }: Lines) =>
	epoch === undefined ? undefined : { epoch, offset: position };

/** The answer to entering. Merges with what is there, and marks what is gone between. */
export function entered(lines: Lines, answer: Entered): Lines {
	const isFirst = lines.epoch === undefined;
	const isNewLife = lines.epoch !== answer.epoch;
	const before = lines.position;
	let next: Lines = {
		...lines,
		epoch: answer.epoch,
		life: isNewLife ? lines.life + 1 : lines.life,
		position: isNewLife ? 0 : before,
		isBehind: false
	};
	if (!isFirst && (isNewLife || !answer.recovered)) next = withGap(next, answer, before);
	next = added(next, answer.messages);
	// Live lines may have come before the answer did: what follows it without a hole counts too.
	let position = Math.max(answer.offset, isNewLife ? 0 : before);
	const offsets = new Set(offsetsOf(next));
	while (offsets.has(position + 1)) position += 1;
	const isHere = ({ id, offset }: OwnLine) =>
		id !== undefined && offset !== undefined && offset <= position;
	return { ...next, position, own: next.own.filter((line) => !isHere(line)) };
}

function withGap(lines: Lines, { messages, offset }: Entered, before: number): Lines {
	const isSameLife = lines.position === before && before > 0;
	const from = isSameLife ? before : 0;
	const first = messages.find((line) => line.offset !== undefined && line.offset > from);
	const place = { life: lines.life, offset: (first?.offset ?? offset + 1) - 1, tie: lines.arrived };
	const arrived = lines.arrived + 1;
	const gap: Entry = { type: "gap", key: `gap-${arrived}`, place };
	return { ...lines, arrived, entries: sorted([...lines.entries, gap]) };
}

/** Lines that came by themselves. */
export function received(lines: Lines, envelopes: readonly Envelope[]): Lines {
	const isForeign = ({ epoch }: Envelope) => epoch !== undefined && epoch !== lines.epoch;
	const foreign = envelopes.some(isForeign);
	// What another life of the log has, and what came before, only entering can tell.
	const next = added(
		lines,
		envelopes.filter((line) => !isForeign(line))
	);
	const offsets = new Set(offsetsOf(next));
	let { position } = next;
	while (offsets.has(position + 1)) position += 1;
	const isAhead = [...offsets].some((offset) => offset > position);
	return { ...next, position, isBehind: next.isBehind || foreign || isAhead };
}

const offsetsOf = (lines: Lines): number[] =>
	lines.entries
		.filter((entry) => entry.type === "line" && entry.place.life === lines.life)
		.map((entry) => (entry.type === "line" ? entry.line.offset : undefined))
		.filter((offset) => offset !== undefined);

function added(lines: Lines, envelopes: readonly Envelope[]): Lines {
	const known = new Set(lines.entries.map(({ key }) => key));
	const fresh: Entry[] = [];
	let { arrived, own } = lines;
	for (const line of envelopes) {
		if (known.has(line.id)) continue;
		known.add(line.id);
		const place = placeOf(lines, line, arrived + 1);
		if (lines.floor && compare(place, lines.floor) <= 0) continue;
		arrived += 1;
		fresh.push({ type: "line", key: line.id, place, line });
		own = withoutEcho(own, line, lines.userId);
	}
	if (fresh.length === 0) return lines;
	return trimmed({ ...lines, arrived, own, entries: sorted([...lines.entries, ...fresh]) });
}

const placeOf = ({ life, position }: Lines, { offset }: Envelope, tie: number): Place =>
	offset === undefined ? { life, offset: position, tie } : { life, offset, tie: 0 };

/**
 * The line of this page that came back is one of the log now. Its id may not be known yet, as the
 * answer can come later than the line: the same words are the next best sign.
 */
function withoutEcho(own: readonly OwnLine[], line: Envelope, userId: string | undefined) {
	if (line.kind !== "chat" || userId === undefined || line.from?.id !== userId) return own;
	let index = own.findIndex(({ id }) => id === line.id);
	if (index < 0) {
		index = own.findIndex(({ id, text }) => id === undefined && text === line.body.text);
	}
	return index < 0 ? own : own.toSpliced(index, 1);
}

function trimmed(lines: Lines): Lines {
	const over = lines.entries.length - linesShownMax;
	if (over <= 0) return lines;
	return {
		...lines,
		floor: lines.entries[over - 1]?.place,
		entries: lines.entries.slice(over)
	};
}

const compare = (a: Place, b: Place): number =>
	a.life - b.life || a.offset - b.offset || a.tie - b.tie;

function sorted(entries: Entry[]): Entry[] {
	return entries.sort((a, b) => compare(a.place, b.place));
}

/** Shows a line at once, before the platform has it. */
export function sending(lines: Lines, clientId: string, text: string): Lines {
	const rest = lines.own.filter((line) => line.clientId !== clientId);
	return { ...lines, own: [...rest, { clientId, text, state: "sending" }] };
}

export interface Said {
	readonly id: string;
	readonly offset: number;
}

/** The platform has it; shown below until its line comes. */
export function sent(lines: Lines, clientId: string, { id, offset }: Said): Lines {
	const isHere = lines.entries.some(({ key }) => key === id);
	if (isHere) return dropped(lines, clientId);
	const own = lines.own.map((line) =>
		line.clientId === clientId
			? ({ clientId, text: line.text, state: "sent", id, offset } as const)
			: line
	);
	return { ...lines, own };
}

/** It was refused, or nobody answered. */
export function failed(lines: Lines, { clientId, text }: OwnLine, code: string): Lines {
	const line: OwnLine = { clientId, text, state: "failed", code };
	const isShown = lines.own.some((one) => one.clientId === clientId);
	if (!isShown) return { ...lines, own: [...lines.own, line] };
	return { ...lines, own: lines.own.map((one) => (one.clientId === clientId ? line : one)) };
}

/** The person does not want it any more. */
export const dropped = (lines: Lines, clientId: string): Lines => ({
	...lines,
	own: lines.own.filter((line) => line.clientId !== clientId)
});
