import { errors } from "../../lib/errors.ts";

/** None of them tells whether a phone or a name is known here. */
export const authErrors = errors({
	INVALID_CREDENTIALS: [401, "The name or the password is wrong."],
	INVALID_CODE: [401, "The code is wrong, used or too old."],
	INVALID_REFRESH_TOKEN: [401, "The refresh token is not valid any more: sign in again."],
	REFRESH_TOKEN_REUSED: [401, "The refresh token was used before, so its session has ended."],
	USER_BANNED: [403, "This account is banned."],
	REGISTRATION_CLOSED: [403, "New people cannot register now."],
	PHONE_NOT_VALID: [422, "The phone number must begin with + and the country code."],
	CODE_SENT_LATELY: [429, "A code was sent a short while ago."],
	LOCKED_OUT: [429, "Too many failed attempts: wait a while."],
	SMS_UNAVAILABLE: [503, "Messages cannot be sent now."]
});
