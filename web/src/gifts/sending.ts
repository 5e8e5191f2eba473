/**
 * The gifts that this page sends in one room, one request after the other. What is pressed
 * meanwhile goes together into the next. Each request has its own key, kept until its answer is
 * known; balances come from answers only. Knows nothing of React.
 */
import { limits } from "../../../config/limits.ts";
import type { Returns } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { randomName } from "../chat/device.ts";
import { Emitter } from "../chat/emitter.ts";
import { type Insisted, insist, isUnanswered } from "../wallet/insist.ts";

export type Gift = Returns<"gifts.list">["items"][number];

export interface Order {
	readonly key: string;
	readonly gift: Gift;
	readonly count: number;
	/** It was sent before, and not answered. */
	readonly isRepeated?: true;
}

export interface SendingState {
	/** Requests and presses that are not answered. */
	readonly waiting: readonly Order[];
	/** Goes on when the same gift follows before `until` (`Date.now()`). */
	readonly combo?: { readonly giftId: string; readonly count: number; readonly until: number };
	/** Why the last one was refused. */
	readonly error?: unknown;
	/** Nobody knows whether this one was sent. */
	readonly unanswered?: Order;
}

type Sent = Returns<"gifts.send">;

export interface SendingParts {
	/** @throws ApiError */
	readonly send: (order: Order) => Promise<Sent>;
	/** The balance after it; undefined when it has to be asked for. */
	readonly onBalance: (balance: number | undefined) => void;
	/** Sends until there is an answer. */
	readonly insist?: (send: () => Promise<Sent>) => Promise<Insisted<Sent>>;
}

/** Whoever presses faster than this is answered has a broken connection. */
const waitingMax = 20;

export class GiftSending {
	readonly changes = new Emitter<void>();
	readonly #parts: SendingParts;
	#state: SendingState = { waiting: [] };
	#isRunning = false;

	constructor(parts: SendingParts) {
		this.#parts = parts;
	}

	readonly state = (): SendingState => this.#state;

	/** @returns false while it takes no more */
	press(gift: Gift, count: number): boolean {
		const { waiting, unanswered } = this.#state;
		if (unanswered || waiting.length >= waitingMax) return false;
		this.#become({ waiting: withPress(waiting, gift, count), error: undefined });
		void this.#run();
		return true;
	}

	/** Once more under the same key: paid at most once. */
	askAgain(): void {
		const { unanswered, waiting } = this.#state;
		if (!unanswered) return;
		const order: Order = { ...unanswered, isRepeated: true };
		this.#become({ unanswered: undefined, error: undefined, waiting: [order, ...waiting] });
		void this.#run();
	}

	async #run(): Promise<void> {
		if (this.#isRunning) return;
		this.#isRunning = true;
		for (;;) {
			const [order] = this.#state.waiting;
			if (!order) break;
			await this.#deliver(order);
		}
		this.#isRunning = false;
	}

	async #deliver(order: Order): Promise<void> {
		const ask = this.#parts.insist ?? insist;
		try {
			const { answer, tries } = await ask(() => this.#parts.send(order));
			// The first answer is given again, and the balance has moved on since.
			const isFresh = tries === 1 && !order.isRepeated;
			this.#parts.onBalance(isFresh ? answer.balance : undefined);
			const until = Date.now() + limits.giftComboMillisecondsMax;
			this.#become({
				waiting: this.#state.waiting.slice(1),
				combo: { giftId: order.gift.id, count: answer.combo, until }
			});
		} catch (error) {
			this.#parts.onBalance(undefined);
			const isOpen = isUnanswered(error) || !(error instanceof ApiError);
			// What waits behind it was pressed by somebody who did not know of this.
			this.#become({ waiting: [], error, unanswered: isOpen ? order : undefined });
		}
	}

	#become(change: { [Name in keyof SendingState]?: SendingState[Name] | undefined }): void {
		this.#state = { ...this.#state, ...change } as SendingState;
		this.changes.emit();
	}
}

/** The first one is on its way and stays as it is; the last one may still grow. */
function withPress(waiting: readonly Order[], gift: Gift, count: number): readonly Order[] {
	const last = waiting.at(-1);
	const together = (last?.count ?? 0) + count;
	const mayGrow = waiting.length > 1 && last?.gift.id === gift.id && together <= gift.countMax;
	if (mayGrow) return waiting.with(-1, { ...last, count: together } as Order);
	return [...waiting, { key: randomName(), gift, count }];
}
