/**
 * Who people are: profile, phone, name, ban. How they sign in is `auth`, what they may is `tags`.
 *
 * This folder is the example of a service. Read it in this order: this contract (what callers
 * see), `users.service.ts` (what happens), `users.rules.ts` (what is decided), `users.model.ts`
 * and `migrations/` (what is stored), `users.errors.ts`. A test beside a file proves that file.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, nullable, object, Time, Type } from "../../lib/schemas.ts";

/** E.164. The one spelling of a number, so that one phone cannot be two accounts. */
export const Phone = Type.String({
	pattern: "^\\+[1-9][0-9]{6,14}$",
	examples: ["+8613800000001"]
});

const Nickname = Type.String({ minLength: 1, maxLength: limits.nicknameCharactersMax });

/** What is folded to one form before it is compared: see `normaliseUsername`. */
export const Username = Type.String({
	minLength: limits.usernameCharactersMin,
	maxLength: limits.usernameCharactersMax
});

/** A file of ours, or http(s): other schemes would run as script in somebody's page. */
const AvatarUrl = Type.String({
	pattern: "^(https?://[^\\s\"'<>\\\\]+|/files/[1-9][0-9]{0,15})$",
	maxLength: limits.avatarUrlCharactersMax,
	examples: ["https://cdn.example/lily.png"]
});

const publicProperties = {
	id: Id,
	nickname: Nickname,
	avatarUrl: nullable(Type.String()),
	level: Type.Integer({ minimum: 1 }),
	tags: Type.Array(Type.String()),
	createdAt: Time
};

/** What anybody may see of a user. */
export const PublicUser = object(publicProperties);

/** What only the user sees. The phone is masked: a stolen session must not tell the number. */
export const OwnUser = object({
	...publicProperties,
	phone: nullable(Type.String({ examples: ["+861*******001"] })),
	username: nullable(Type.String())
});

/** Ids as a list, or as `1,2,3` the way a query carries them. */
const Ids = Type.Union([
	Type.String({
		pattern: `^[1-9][0-9]{0,15}(,[1-9][0-9]{0,15}){0,${limits.idsPerRequestMax - 1}}$`,
		examples: ["1024,1025"]
	}),
	Type.Array(Id, { minItems: 1, maxItems: limits.idsPerRequestMax })
]);

const At = object({ userId: Id, at: Time });

export const users = contract("users", {
	actions: {
		me: {
			summary: "The signed-in user.",
			rest: "GET /users/me",
			auth: "user",
			params: object({}),
			returns: OwnUser,
			read: true
		},
		update: {
			summary: "Changes nickname or avatar of the signed-in user.",
			rest: "PATCH /users/me",
			auth: "user",
			params: object(
				{
					nickname: Type.Optional(Nickname),
					avatarUrl: Type.Optional(nullable(AvatarUrl))
				},
				{ minProperties: 1 }
			),
			returns: OwnUser,
			errors: ["NICKNAME_NOT_ALLOWED"]
		},
		getMany: {
			summary: "Public profiles by id, in the order asked for; unknown ids are left out.",
			rest: "GET /users",
			auth: "public",
			params: object({ ids: Ids }),
			returns: object({ items: Type.Array(PublicUser) }),
			read: true
		},
		becomeHost: {
			summary: "Makes the signed-in user a host; in production only operators grant that.",
			rest: "POST /users/me/host",
			auth: "user",
			params: object({}),
			returns: OwnUser,
			errors: ["OPERATORS_GRANT_HOST"]
		},
		ban: {
			summary: "Shuts a user out: no sign-in, and all sessions end within a second.",
			rest: "POST /admin/users/:id/ban",
			auth: "operator",
			params: object({
				id: Id,
				reason: Type.String({ minLength: 1, maxLength: limits.banReasonCharactersMax })
			}),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		unban: {
			summary: "Lets a banned user sign in again.",
			rest: "POST /admin/users/:id/unban",
			auth: "operator",
			params: object({ id: Id }),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		account: {
			summary: "The user as they see themselves and whether they are banned, as of now.",
			auth: "internal",
			params: object({ id: Id }),
			returns: object({ user: OwnUser, banned: Type.Boolean() }),
			errors: ["NOT_FOUND"],
			read: true
		},
		findByUsername: {
			summary: "The user who has this name, and the folded form of the name.",
			auth: "internal",
			params: object({ username: Username }),
			returns: object({ username: Type.String(), userId: nullable(Id) }),
			read: true
		},
		findByPhone: {
			summary: "The user who has this phone.",
			auth: "internal",
			params: object({ phone: Phone }),
			returns: object({ userId: nullable(Id) }),
			read: true
		},
		registerPhone: {
			summary: "The user of a phone, made now if the phone is new. Safe to repeat.",
			auth: "internal",
			params: object({ phone: Phone }),
			returns: object({ userId: Id, created: Type.Boolean() })
		},
		registerName: {
			summary: "Makes a user with a name, under an id that the caller took from `ids`.",
			auth: "internal",
			params: object({ id: Id, username: Username, nickname: Nickname }),
			returns: object({ userId: Id }),
			errors: ["USERNAME_TAKEN", "USERNAME_NOT_ALLOWED", "NICKNAME_NOT_ALLOWED"]
		}
	},
	events: {
		/** Something that others show (nickname, avatar, level) is different now. */
		changed: object({ userId: Id })
	},
	channels: {
		registered: At,
		/** Whoever keeps something open for the user (sessions, sockets, streams) ends it. */
		banned: At,
		unbanned: At
	}
});
