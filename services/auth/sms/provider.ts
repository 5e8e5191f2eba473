import type { Env } from "../../../config/env.ts";
import type { Sql } from "../../../mixins/sql/index.ts";
import { authErrors } from "../auth.errors.ts";
import { HttpSms } from "./http.ts";
import { LogSms } from "./log.ts";

export interface SmsMessage {
	/** The same id is the same message: a provider that gets it twice sends it once. */
	readonly id: string;
	/** E.164. */
	readonly phone: string;
	readonly text: string;
	/** The code inside `text`, for providers that fill in templates of their own. */
	readonly code: string;
}

export interface SmsProvider {
	/** Returns when the message is accepted. Throws `SMS_UNAVAILABLE`. */
	send(message: SmsMessage): Promise<void>;
}

const offSms: SmsProvider = {
	async send() {
		throw authErrors.SMS_UNAVAILABLE();
	}
};

/** The provider that `SMS_PROVIDER` names. */
export function smsProvider(env: Env, db: Sql): SmsProvider {
	const { provider, url, secret } = env.sms;
	if (provider === "log") return new LogSms(db);
	if (provider === "http" && url && secret) return new HttpSms({ url, secret });
	return offSms;
}
