/** What messages look like on their way, and how pages of history are made. */
import { limits } from "../../config/limits.ts";
import type { Static } from "../../lib/schemas.ts";
import type { Envelope, MessageClass, MessageKind, Sender } from "./im-router.schemas.ts";
import type { LogEnd, LogPage } from "./im-router.store.ts";

export interface Message {
	readonly id: string;
	readonly class: Static<typeof MessageClass>;
	readonly kind: Static<typeof MessageKind>;
	readonly roomId?: string;
	readonly from?: Sender | undefined;
	readonly at: Date;
	readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The JSON of a message before it has a place, or undefined when the body is too large. It is
 * encoded this once: a place is written in front of it as text.
 */
export function encode({ at, from, body, ...message }: Message): string | undefined {
	const bodyText = JSON.stringify(body);
	if (Buffer.byteLength(bodyText) > limits.messageBodyBytesMax) return undefined;
	const head = JSON.stringify({ ...message, ...(from ? { from } : {}), at: at.toISOString() });
	return `${head.slice(0, -1)},"body":${bodyText}}`;
}

/** A line with its place in the log of its room. Epochs are made of letters, digits and `-`. */
export const withOffset = (text: string, { epoch, offset }: LogEnd): string =>
	`{"offset":${offset},"epoch":"${epoch}",${text.slice(1)}`;

export const withSequence = (text: string, sequence: number): string =>
	`{"sequence":${sequence},${text.slice(1)}`;

/** What readers are told of a room where nothing was ever said. */
export const emptyEpoch = "none";

export interface HistoryPage extends LogEnd {
	readonly items: Envelope[];
	readonly recovered: boolean;
}

/**
 * The page as readers get it: whole, or the last lines and `recovered: false`. A page has a bound
 * in bytes too, since it may cross the bus.
 */
export function historyOf(page: LogPage | undefined, after: LogEnd | undefined): HistoryPage {
	if (!page) {
		const recovered = !after || (after.epoch === emptyEpoch && after.offset === 0);
		return { epoch: emptyEpoch, offset: 0, items: [], recovered };
	}
	const { epoch, offset, complete, lines } = page;
	let first = lines.length;
	let bytes = 0;
	while (first > 0) {
		bytes += Buffer.byteLength(lines[first - 1] as string);
		if (bytes > limits.historyBytesMax) break;
		first -= 1;
	}
	const items = lines.slice(first).map((line, index) => {
		const place = offset - (lines.length - first) + index + 1;
		return { ...(JSON.parse(line) as Envelope), offset: place, epoch };
	});
	return { epoch, offset, items, recovered: complete && (first === 0 || !after) };
}

/** How old a connection is; its epoch is about the time when it began. */
export const isSettling = (epoch: number, now: number): boolean =>
	now - epoch < limits.connectSettleMilliseconds;
