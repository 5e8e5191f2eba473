/** Sends the callbacks and sends them again until they are taken, as real providers do. */
import { sign, signatureHeader } from "../../services/payments/providers/signature.ts";
import type { Book, Delivery } from "./book.ts";

export interface PostmanOptions {
	readonly book: Book;
	readonly callbackUrl: string;
	readonly secret: string;
}

const lookMs = 50;
const answerMsMax = 5_000;
const firstPauseMs = 250;
const pauseMsMax = 60_000;
/** About a quarter of an hour. */
const attemptsMax = 22;

export class Postman {
	readonly #options: PostmanOptions;
	readonly #inFlight = new Set<string>();
	#timer: NodeJS.Timeout | undefined;

	constructor(options: PostmanOptions) {
		this.#options = options;
	}

	start(): void {
		this.#timer = setInterval(() => this.#look(), lookMs);
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	#look(): void {
		for (const delivery of this.#options.book.deliveries) {
			if (delivery.dueAt > Date.now() || this.#inFlight.has(delivery.id)) continue;
			this.#inFlight.add(delivery.id);
			void this.#send(delivery).finally(() => this.#inFlight.delete(delivery.id));
		}
	}

	/** Taken is what was answered 2xx; after the last attempt it is given up. */
	async #send(delivery: Delivery): Promise<void> {
		const { book } = this.#options;
		const attempts = delivery.attempts + 1;
		if ((await this.#post(delivery)) || attempts >= attemptsMax) {
			book.taken(delivery.id);
			return;
		}
		const pauseMs = Math.min(firstPauseMs * 2 ** (attempts - 1), pauseMsMax);
		book.write({ deliveries: [{ ...delivery, attempts, dueAt: Date.now() + pauseMs }] });
	}

	async #post({ body, isForged }: Delivery): Promise<boolean> {
		const { callbackUrl, secret } = this.#options;
		try {
			const response = await fetch(callbackUrl, {
				method: "POST",
				headers: {
					"content-type": "application/json",
					// Signed anew at each attempt: an old time would be refused.
					[signatureHeader]: sign(isForged ? `not ${secret}` : secret, body, new Date())
				},
				body,
				redirect: "manual",
				signal: AbortSignal.timeout(answerMsMax)
			});
			await response.body?.cancel();
			return response.ok;
		} catch {
			return false;
		}
	}
}
