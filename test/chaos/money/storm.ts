/** Clients who give gifts and ask again, with the same key, until they have an answer. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export interface Giver {
	readonly id: string;
	readonly accessToken: string;
}

export interface Intent {
	readonly key: string;
	readonly giver: Giver;
	readonly roomId: string;
	readonly count: number;
}

export interface Answer {
	readonly id: string;
	readonly balance: number;
}

export interface Settled {
	readonly intent: Intent;
	/** Null when it was refused because the coins were not there. */
	readonly answer: Answer | null;
	/** When the attempt that was answered began. */
	readonly attemptAt: number;
	readonly attempts: number;
	/** Nobody else asked with its key. */
	readonly isAlone: boolean;
}

/** A rose. */
export const giftId = "2";
export const price = 5;

interface Attempt {
	/** Until it is answered. */
	lost: boolean;
	endedAt: number;
}

/** Of the attempts in flight when a fault struck. */
export interface Toll {
	/** Those that never got an answer. */
	lost(): number;
	/** Those that got none before the fault was over, or never. */
	caught(): number;
}

const patienceMs = 4_000;
/** Longer than any outage here: an intent that is never answered fails the test. */
const answeredMs = 120_000;

export class Storm {
	readonly settled: Settled[] = [];
	/** Attempts that ended without an answer. */
	unanswered = 0;
	/** Attempts that wait for an answer now. */
	readonly #inFlight = new Set<Attempt>();
	#over = false;
	readonly #edge: string;

	constructor(edge: string) {
		this.#edge = edge;
	}

	/** One gift after another on each of `lines`, until `end`; back when all are answered. */
	async rage(lines: readonly { readonly giver: Giver; roomId: string }[]): Promise<void> {
		await Promise.all(lines.map((line) => this.#giveAll(line)));
	}

	end(): void {
		this.#over = true;
	}

	get inFlight(): number {
		return this.#inFlight.size;
	}

	/** Runs `fault`; what it answers tells later what became of the attempts in flight. */
	async strike(fault: () => Promise<void>): Promise<Toll> {
		const then = [...this.#inFlight];
		await fault();
		const over = Date.now();
		return {
			lost: () => then.filter(({ lost }) => lost).length,
			caught: () => then.filter(({ lost, endedAt }) => lost || endedAt >= over).length
		};
	}

	async #giveAll({ giver, roomId }: { giver: Giver; roomId: string }): Promise<void> {
		for (let number = 0; !this.#over; number += 1) {
			const intent = { key: randomUUID(), giver, roomId, count: 1 + (number % 3) };
			// Some fingers are nervous: the same tap twice at once.
			const taps = number % 8 === 0 ? 2 : 1;
			const all = await Promise.all(Array.from({ length: taps }, () => this.#settle(intent)));
			for (const one of all) this.settled.push({ ...one, isAlone: taps === 1 });
		}
	}

	async #settle(intent: Intent): Promise<Omit<Settled, "isAlone">> {
		const deadline = Date.now() + answeredMs;
		for (let attempts = 1; Date.now() < deadline; attempts += 1) {
			const attemptAt = Date.now();
			const answer = await this.#attempt(intent);
			if (answer !== undefined) return { intent, answer, attemptAt, attempts };
			this.unanswered += 1;
			await sleep(50 * Math.random() * Math.min(attempts, 8));
		}
		throw new Error(`The gift ${intent.key} was never answered.`);
	}

	/** Undefined when nobody can say whether it was paid. */
	async #attempt(intent: Intent): Promise<Answer | null | undefined> {
		const attempt: Attempt = { lost: true, endedAt: 0 };
		this.#inFlight.add(attempt);
		try {
			const response = await fetch(`${this.#edge}/api/rooms/${intent.roomId}/gifts`, {
				method: "POST",
				signal: AbortSignal.timeout(patienceMs),
				headers: {
					"content-type": "application/json",
					authorization: `Bearer ${intent.giver.accessToken}`,
					"idempotency-key": intent.key
				},
				body: JSON.stringify({ giftId, count: intent.count })
			});
			const text = await response.text();
			if (response.status >= 500) return undefined;
			attempt.lost = false;
			if (response.status === 402) return null;
			if (response.status !== 200) throw new WrongAnswer(`${response.status} ${text}`);
			return JSON.parse(text) as Answer;
		} catch (error) {
			if (error instanceof WrongAnswer) throw error;
			return undefined;
		} finally {
			attempt.endedAt = Date.now();
			this.#inFlight.delete(attempt);
		}
	}
}

/** No fault excuses it. */
class WrongAnswer extends Error {}
