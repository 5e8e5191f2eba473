/** Who walks the road, where they are, and what they keep of it. */
import type { Person } from "../harness/people.ts";
import type { Guest, Salon } from "./chat-stage.ts";
import type { OwnPlatform } from "./stage.ts";

export interface Road {
	readonly salon: Salon<OwnPlatform>;
	readonly roomId: string;
	/** The host's pages, on a large screen. */
	readonly desk: Guest;
	/** The phone of who buys and gives: on the first edge, where payment pages lead back to. */
	readonly one: Guest;
	readonly buyer: Person;
	/** The phone of who looks on, and is in a hurry later: on another edge. */
	readonly two: Guest;
	readonly keep: Keep;
}

/** Keeps a picture of the page in `test-results/road/`, with a number of its own. */
export type Keep = (guest: Guest, what: string) => Promise<void>;

export function keeperOf(shape: string): Keep {
	let last = 0;
	return async (guest, what) => {
		last += 1;
		await guest.screenshot(`road/${shape}/${String(last).padStart(2, "0")}-${what}`);
	};
}

/** What a machine that is short of breath refused is asked for again; a script's fault stays. */
export const scriptFaultsOf = ({ problems }: Guest): string[] =>
	problems.filter((problem) => problem.startsWith("script: "));
