/**
 * What a client was given of a room, step by step, and whether it was right (docs/API.md, "Rooms:
 * order and recovery"): each message once, in order, and no hole that nobody told of.
 */

/** A place in the log of a room. */
export interface Place {
	readonly epoch: string;
	readonly offset: number;
}

export type Step =
	/** Let in; `after` is where the client said that it was, `given` how many messages came along. */
	| ({ readonly step: "entered"; readonly recovered: boolean; readonly given: number } & Place & {
				readonly after: Place | undefined;
			})
	| ({ readonly step: "message"; readonly id: string } & Place)
	/** Told that what is before this place is lost. */
	| ({ readonly step: "gap" } & Place);

export interface Entered extends Place {
	readonly recovered: boolean;
	readonly messages: readonly Envelope[];
}

export interface Envelope {
	readonly id: string;
	readonly kind: string;
	readonly epoch?: string;
	readonly offset?: number;
	readonly sequence?: number;
	readonly body: Readonly<Record<string, unknown>>;
}

export class RoomLog {
	readonly steps: Step[] = [];
	readonly #isKept: boolean;
	/** Up to where it has everything; what to enter with after a break. */
	place: Place | undefined;

	/** `isKept`: remembers every step, for a check in the end. */
	constructor(isKept: boolean) {
		this.#isKept = isKept;
	}

	enter({ epoch, offset, recovered, messages }: Entered): void {
		const given = messages.length;
		this.#add({ step: "entered", epoch, offset, recovered, given, after: this.place });
		for (const message of messages) this.take(message);
		this.place = { epoch, offset };
	}

	/** Messages without a place are snapshots, and no part of the log. */
	take({ id, kind, epoch, offset, body }: Envelope): void {
		if (kind === "room" && body.type === "gap") {
			this.place = { epoch: String(body.epoch), offset: Number(body.offset) };
			this.#add({ step: "gap", ...this.place });
			return;
		}
		if (offset === undefined || epoch === undefined) return;
		this.place = { epoch, offset };
		this.#add({ step: "message", id, epoch, offset });
	}

	#add(step: Step): void {
		if (this.#isKept) this.steps.push(step);
	}
}

/** What is wrong with the steps of one client; nothing, if all is well. */
export function stepFaults(steps: readonly Step[]): string[] {
	const faults: string[] = [];
	const seen = new Set<string>();
	/** Undefined where anything may come next. */
	let place: Place | undefined;
	/** Where the messages that came with an entry must end, and how many are still to come. */
	let due: { left: number; readonly end: Place } | undefined;
	for (const step of steps) {
		if (step.step === "message") {
			const isNext = !place || nameOf(step) === nameOf(nextOf(place));
			if (!isNext) faults.push(`${nameOf(step)} came after ${nameOf(place)}`);
			// In a new epoch, which is a loss that is told of, the last messages come once more.
			const name = `${step.epoch}/${step.id}`;
			if (seen.has(name)) faults.push(`${step.id} came twice, at ${nameOf(step)}`);
			seen.add(name);
			place = step;
			if (due) due.left -= 1;
		} else {
			place = step.step === "entered" && step.recovered ? step.after : undefined;
			if (step.step === "entered") due = { left: step.given, end: step };
		}
		if (due?.left !== 0) continue;
		const { end } = due;
		if (place && nameOf(place) !== nameOf(end)) {
			faults.push(`entered at ${nameOf(end)}, was given up to ${nameOf(place)}`);
		}
		place = end;
		due = undefined;
	}
	return faults;
}

const nextOf = ({ epoch, offset }: Place): Place => ({ epoch, offset: offset + 1 });
const nameOf = (place: Place | undefined): string => `${place?.epoch}/${place?.offset}`;

/** Places at which clients were given different messages. */
export function orderFaults(clients: readonly (readonly Step[])[]): string[] {
	const log = new Map<string, string>();
	const faults: string[] = [];
	for (const step of clients.flat()) {
		if (step.step !== "message") continue;
		const place = nameOf(step);
		const known = log.get(place) ?? step.id;
		if (known !== step.id) faults.push(`${place} is ${known} to some and ${step.id} to others`);
		log.set(place, known);
	}
	return faults;
}

/** How often a client was told that something is lost. */
export const lossesTold = (steps: readonly Step[]): number =>
	steps.filter(
		(step) => step.step === "gap" || (step.step === "entered" && step.after && !step.recovered)
	).length;
