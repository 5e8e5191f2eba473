/** Sign-in codes: made, sent, and used once. Phones and codes are stored as keyed hashes only. */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { allowResend, countGuess, markCodeUsed, startCode } from "./auth.codes.model.ts";
import { authErrors } from "./auth.errors.ts";
import type { SmsProvider } from "./sms/provider.ts";

export class Codes {
	readonly #db: Sql;
	readonly #key: Buffer;
	readonly #sms: SmsProvider;

	constructor(db: Sql, key: Buffer, sms: SmsProvider) {
		this.#db = db;
		this.#key = key;
		this.#sms = sms;
	}

	/**
	 * Sends a new code, in place of the last one.
	 *
	 * It is sent here and not through the outbox: a code is worth nothing after minutes, so the
	 * patience of a queue helps nobody; the caller learns at once when messages cannot be sent and
	 * may ask again; and the code in the clear never lies in a table or on the bus.
	 *
	 * Throws `CODE_SENT_LATELY` with `retryAfterMs`, or `SMS_UNAVAILABLE`.
	 */
	async send(phone: string, { now, perHourMax }: { now: Date; perHourMax: number }): Promise<void> {
		const phoneIndex = this.#phoneIndex(phone);
		const codeId = randomBytes(16);
		const code = String(randomInt(10 ** limits.signInCodeDigits)).padStart(
			limits.signInCodeDigits,
			"0"
		);
		const codeHash = this.#hash(codeId, code);
		const fresh = { phoneIndex, codeId, codeHash, now, perHourMax };
		const seconds = await startCode(this.#db, fresh);
		if (seconds > 0) throw authErrors.CODE_SENT_LATELY({ retryAfterMs: seconds * 1000 });
		const minutes = limits.signInCodeSecondsMax / 60;
		const text = `${code} is your sign-in code. It is good for ${minutes} minutes.`;
		try {
			await this.#sms.send({ id: codeId.toString("hex"), phone, text, code });
		} catch (error) {
			await allowResend(this.#db, { phoneIndex, codeId, now });
			throw error;
		}
	}

	/** Whether `code` is the phone's code. It is true once per code; each call is one guess. */
	async use(phone: string, code: string, now: Date): Promise<boolean> {
		const phoneIndex = this.#phoneIndex(phone);
		// A wrong guess must stay counted, so it is an answer and not an error that rolls back.
		return this.#db.transaction(async (tx) => {
			const stored = await countGuess(tx, { phoneIndex, now });
			if (!stored) return false;
			if (!timingSafeEqual(stored.codeHash, this.#hash(stored.codeId, code))) return false;
			await markCodeUsed(tx, { phoneIndex, now });
			return true;
		});
	}

	#phoneIndex(phone: string): Buffer {
		return createHmac("sha256", this.#key).update(`phone ${phone}`).digest();
	}

	/** The id makes equal codes of two phones, or of two days, different hashes. */
	#hash(codeId: Buffer, code: string): Buffer {
		return createHmac("sha256", this.#key).update(codeId).update(code).digest();
	}
}
