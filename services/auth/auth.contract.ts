import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, nullable, object, oneOf, Time, Type } from "../../lib/schemas.ts";
import { OwnUser, Username } from "../users/users.contract.ts";

/** As people write it; `normalisePhone` makes it E.164. */
const PhoneText = Type.String({
	minLength: 8,
	maxLength: limits.phoneTextCharactersMax,
	examples: ["+86 138 0000 0001"]
});
const Code = Type.String({ pattern: `^[0-9]{${limits.signInCodeDigits}}$`, examples: ["204816"] });
const NewPassword = Type.String({
	minLength: limits.passwordCharactersMin,
	maxLength: limits.passwordCharactersMax
});
const RefreshToken = Type.String({
	pattern: "^[A-Za-z0-9_-]{43}$",
	examples: ["o5cSkXQ0wSGmnZ7nBqNCj4l3ZsMJ1pXb0vQ2dT8uKfE"]
});
const deviceName = Type.Optional(
	Type.String({
		minLength: 1,
		maxLength: limits.deviceNameCharactersMax,
		description: "How the user tells this device from their others"
	})
);

export const Session = object({
	accessToken: Type.String(),
	refreshToken: RefreshToken,
	expiresIn: Type.Integer({ description: "Seconds until the access token ends" }),
	user: OwnUser
});

/** Why a session ended. */
export const EndReason = oneOf("signed-out", "ended", "reuse", "banned", "too-many");

/** An Ed25519 public key as a JSON Web Key. */
const PublicJwk = object({
	kid: Type.String(),
	kty: oneOf("OKP"),
	crv: oneOf("Ed25519"),
	x: Type.String()
});

/** Waiting is bounded: hashing passwords is slow on purpose. */
const hashingBulkhead = {
	concurrency: limits.signInsAtOnceMax,
	maxQueueSize: limits.signInsWaitingMax
};

export const auth = contract("auth", {
	actions: {
		requestCode: {
			summary: "Sends a sign-in code by SMS; the answer is the same for every number.",
			rest: "POST /auth/codes",
			auth: "public",
			status: 202,
			params: object({ phone: PhoneText }),
			returns: object({
				expiresIn: Type.Integer({ description: "Seconds for which the code is good" }),
				resendIn: Type.Integer({ description: "Seconds until another code may be asked for" })
			}),
			rateLimit: { count: limits.codesPerAddressMax, seconds: 600, by: "address" },
			timeoutMs: limits.smsSendMillisecondsMax + 2_000,
			errors: ["PHONE_NOT_VALID", "CODE_SENT_LATELY", "SMS_UNAVAILABLE"]
		},
		signIn: {
			summary: "Signs in by phone and code, or by name and password.",
			rest: "POST /auth/sessions",
			auth: "public",
			params: object(
				{
					phone: Type.Optional(PhoneText),
					code: Type.Optional(Code),
					username: Type.Optional(Username),
					password: Type.Optional(
						Type.String({ minLength: 1, maxLength: limits.passwordCharactersMax })
					),
					deviceName
				},
				{
					if: { required: ["phone"] },
					// biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
					then: { required: ["code"], properties: { username: false, password: false } },
					else: { required: ["username", "password"], properties: { code: false } }
				}
			),
			returns: Session,
			bulkhead: hashingBulkhead,
			errors: [
				"INVALID_CODE",
				"INVALID_CREDENTIALS",
				"PHONE_NOT_VALID",
				"LOCKED_OUT",
				"REGISTRATION_CLOSED",
				"USER_BANNED"
			]
		},
		register: {
			summary: "Makes a user with a name and a password, and signs in.",
			rest: "POST /auth/register",
			auth: "public",
			params: object({
				username: Username,
				password: NewPassword,
				nickname: OwnUser.properties.nickname,
				deviceName
			}),
			returns: Session,
			rateLimit: { count: limits.registrationsPerAddressMax, seconds: 60, by: "address" },
			bulkhead: hashingBulkhead,
			errors: [
				"USERNAME_TAKEN",
				"USERNAME_NOT_ALLOWED",
				"NICKNAME_NOT_ALLOWED",
				"REGISTRATION_CLOSED"
			]
		},
		refresh: {
			summary: "Trades a refresh token for new tokens; each token works once.",
			rest: "POST /auth/refresh",
			auth: "public",
			params: object({ refreshToken: RefreshToken }),
			returns: Session,
			errors: ["INVALID_REFRESH_TOKEN", "REFRESH_TOKEN_REUSED", "USER_BANNED"]
		},
		signOut: {
			summary: "Ends the session of this access token.",
			rest: "DELETE /auth/sessions/current",
			auth: "user",
			status: 204,
			params: Empty,
			returns: Type.Null()
		},
		listSessions: {
			summary: "The devices on which the user is signed in, the last used first.",
			rest: "GET /auth/sessions",
			auth: "user",
			params: Empty,
			returns: object({
				items: Type.Array(
					object({
						id: Id,
						deviceName: Type.String(),
						current: Type.Boolean(),
						lastSeenAt: Time
					})
				)
			}),
			read: true
		},
		endSession: {
			summary: "Ends one session of the user, on whatever device it is.",
			rest: "DELETE /auth/sessions/:id",
			auth: "user",
			owner: "findSession",
			status: 204,
			params: object({ id: Id }),
			returns: Type.Null(),
			errors: ["NOT_FOUND"]
		},
		endAllOf: {
			summary: "Ends all sessions of a user.",
			auth: "internal",
			params: object({ userId: Id, reason: EndReason }),
			returns: object({ ended: Type.Integer() })
		},
		keys: {
			summary: "The public keys by which access tokens are verified now and a minute from now.",
			auth: "internal",
			params: Empty,
			returns: object({ items: Type.Array(PublicJwk) }),
			read: true
		},
		revocations: {
			summary: "Sessions that ended while their access tokens may still be good.",
			auth: "internal",
			params: object({
				since: Type.Integer({
					minimum: 0,
					description: "The `until` of the last answer, 0 at first; milliseconds since 1970"
				})
			}),
			returns: object({
				items: Type.Array(
					object({
						sessionId: Id,
						expiresAt: Type.Integer({ description: "When its last access token ends" }),
						reason: EndReason
					})
				),
				until: Type.Integer()
			}),
			read: true
		},
		rotateKeys: {
			summary: "Makes the next signing key; it is published at once and used a minute later.",
			rest: "POST /admin/auth/keys",
			auth: "operator",
			status: 201,
			params: Empty,
			returns: object({ kid: Type.String(), activeFrom: Time })
		},
		devMessages: {
			summary: "What the log provider sent, newest first. Not there in production.",
			rest: "GET /dev/messages",
			auth: "public",
			params: object({
				phone: Type.Optional(
					Type.String({ minLength: 1, maxLength: limits.phoneTextCharactersMax })
				)
			}),
			returns: object({
				items: Type.Array(
					object({
						phone: Type.String(),
						text: Type.String(),
						code: nullable(Type.String()),
						at: Time
					})
				)
			}),
			errors: ["NOT_FOUND"]
		}
	},
	events: {
		/** Broadcast, so that every gateway closes what the session has open. */
		sessionEnded: object({ sessionId: Id, userId: Id, reason: EndReason })
	}
});
