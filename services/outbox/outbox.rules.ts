/** Pure parts of the outbox: ids, and what a message must look like. */
import { limits } from "../../config/limits.ts";

/** What an id is made from: the millisecond, and a counter within it. */
export interface IdState {
	readonly milliseconds: number;
	readonly counter: number;
}

const counterEnd = 0x1000;

/**
 * A UUID version 7 (RFC 9562): sorts by time, and within one process by the order of making, also
 * when the clock steps back. It is known before the row is inserted, on every database, and an
 * auto-increment that starts again after a restore cannot repeat it and be taken for a duplicate.
 * `random` holds 10 bytes.
 */
export function nextMessageId(
	previous: IdState,
	now: number,
	random: Uint8Array
): { id: string; state: IdState } {
	const bytes = new Uint8Array(16);
	bytes.set(random.subarray(0, 10), 6);
	const state = nextState(previous, now, ((random[0] ?? 0) << 3) | ((random[1] ?? 0) >> 5));
	const view = new DataView(bytes.buffer);
	view.setUint16(0, Math.floor(state.milliseconds / 2 ** 32));
	view.setUint32(2, state.milliseconds % 2 ** 32);
	view.setUint16(6, 0x7000 | state.counter);
	view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
	const hex = Buffer.from(bytes).toString("hex");
	const id = [
		hex.slice(0, 8),
		hex.slice(8, 12),
		hex.slice(12, 16),
		hex.slice(16, 20),
		hex.slice(20)
	].join("-");
	return { id, state };
}

/** `start` is below half of the counter's range, so that a millisecond has room to count. */
function nextState(previous: IdState, now: number, start: number): IdState {
	if (now > previous.milliseconds) return { milliseconds: now, counter: start };
	const counter = previous.counter + 1;
	if (counter < counterEnd) return { milliseconds: previous.milliseconds, counter };
	return { milliseconds: previous.milliseconds + 1, counter: start };
}

/**
 * How long a channel rests after the bus refused it `failures` times in a row, in milliseconds;
 * half of it is random (`random` in [0, 1)).
 */
export function outageMilliseconds(failures: number, random: number): number {
	const full = Math.min(
		limits.outboxOutageMillisecondsMax,
		limits.outboxOutageMillisecondsMin * 2 ** (failures - 1)
	);
	return Math.round(full / 2 + (full / 2) * random);
}

/** Bounded text of anything thrown. */
export const errorText = (error: unknown): string =>
	(error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(
		0,
		limits.outboxErrorCharactersMax
	);
