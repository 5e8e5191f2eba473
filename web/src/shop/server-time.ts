/**
 * The platform's clock as this page knows it. It goes on by the steady clock of the browser:
 * whoever sets the clock of their device changes nothing.
 */
export interface ServerTime {
	/** Milliseconds since 1970 at the moment `seenAt`. */
	readonly at: number;
	/** `performance.now()` */
	readonly seenAt: number;
}

/** By an answer; half of the way there and back lies between its making and its arrival. */
export const serverTimeOf = (time: string, sentAt: number, seenAt: number): ServerTime => ({
	at: Date.parse(time) + (seenAt - sentAt) / 2,
	seenAt
});

export const nowBy = ({ at, seenAt }: ServerTime, steady: number): number => at + steady - seenAt;

/** `1:02:03`, or `02:03` below an hour; the last second counts as one. */
export function countdownText(milliseconds: number): string {
	const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
	const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) =>
		String(part).padStart(2, "0")
	);
	const hours = Math.floor(seconds / 3_600);
	return hours > 0 ? [hours, ...parts].join(":") : parts.join(":");
}
