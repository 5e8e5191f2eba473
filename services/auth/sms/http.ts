/**
 * Posts messages to a provider, or to a small bridge in front of one:
 *
 *     POST <SMS_HTTP_URL>
 *     Content-Type: application/json
 *     X-Timestamp: 1795251600
 *     X-Signature: hex(HMAC-SHA256(SMS_HTTP_SECRET, "<X-Timestamp>.<body>"))
 *     Idempotency-Key: <id>
 *
 *     {"id":"…","phone":"+8613800000001","text":"…","code":"204816"}
 *
 * Any 2xx means accepted. The receiver refuses old timestamps, so a recorded post is worth nothing.
 */
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../../config/limits.ts";
import { authErrors } from "../auth.errors.ts";
import type { SmsMessage, SmsProvider } from "./provider.ts";

export interface HttpSmsOptions {
	readonly url: string;
	readonly secret: string;
	readonly attemptMilliseconds?: number;
	readonly pauseMilliseconds?: number;
}

export const signature = (secret: string, timestamp: string, body: string): string =>
	createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");

/** The provider may take it next time: it is busy, or broken for the moment. */
const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 408;

export class HttpSms implements SmsProvider {
	readonly #options: HttpSmsOptions;

	constructor(options: HttpSmsOptions) {
		this.#options = options;
	}

	/** An attempt that timed out may have been accepted: the id keeps it from being sent twice. */
	async send(message: SmsMessage): Promise<void> {
		for (let attempt = 1; attempt <= limits.smsAttemptsMax; attempt++) {
			const status = await this.#post(message);
			if (status >= 200 && status < 300) return;
			if (!isPassing(status)) break;
			if (attempt < limits.smsAttemptsMax) {
				await sleep((this.#options.pauseMilliseconds ?? 100) * attempt * (1 + Math.random()));
			}
		}
		throw authErrors.SMS_UNAVAILABLE();
	}

	/** The status of the answer; 503 where there was none in time. */
	async #post({ id, phone, text, code }: SmsMessage): Promise<number> {
		const body = JSON.stringify({ id, phone, text, code });
		const timestamp = String(Math.floor(Date.now() / 1000));
		try {
			const response = await fetch(this.#options.url, {
				method: "POST",
				headers: {
					"content-type": "application/json",
					"x-timestamp": timestamp,
					"x-signature": signature(this.#options.secret, timestamp, body),
					"idempotency-key": id
				},
				body,
				// Followed, a redirect would carry a code to whoever the answer names.
				redirect: "manual",
				signal: AbortSignal.timeout(
					this.#options.attemptMilliseconds ?? limits.smsAttemptMillisecondsMax
				)
			});
			await response.body?.cancel();
			return response.status;
		} catch {
			return 503;
		}
	}
}
