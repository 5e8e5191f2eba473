import type { Sql } from "../../../mixins/sql/index.ts";
import { insertMessage } from "./messages.model.ts";
import type { SmsMessage, SmsProvider } from "./provider.ts";

/**
 * Development: messages go to a table instead of a phone, so that `GET /dev/messages` finds them
 * on any node. `config/env.ts` refuses it in production.
 */
export class LogSms implements SmsProvider {
	readonly #db: Sql;

	constructor(db: Sql) {
		this.#db = db;
	}

	async send(message: SmsMessage): Promise<void> {
		await insertMessage(this.#db, message, new Date());
	}
}
