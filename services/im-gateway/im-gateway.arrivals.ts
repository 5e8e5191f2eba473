/**
 * Who is announced when they come into a room: few enough that a crowd at the door is no flood, and
 * nobody twice for coming and going.
 */
import { limits } from "../../config/limits.ts";
import { Buckets } from "./im-gateway.buckets.ts";

export class Arrivals {
	readonly #rooms = new Buckets({
		perSecond: limits.arrivalsPerRoomPerSecond,
		burst: limits.arrivalsPerRoomBurst
	});
	readonly #people = new Buckets({ perSecond: 1 / limits.arrivalSecondsMin, burst: 1 });

	/** Whether the room hears of this one. `now` counts milliseconds and never goes back. */
	isNews(roomId: string, userId: string, now: number): boolean {
		if (this.#people.take(`${roomId} ${userId}`, now) > 0) return false;
		return this.#rooms.take(roomId, now) === 0;
	}

	sweep(now: number): void {
		this.#rooms.sweep(now);
		this.#people.sweep(now);
	}
}
