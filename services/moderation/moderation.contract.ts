/**
 * Who may not speak or be where, and which words nobody may say.
 *
 * The edges check each line against what they hold. They load a room with `ofRoom` and a user with
 * `ofUser`, hear of a change by an event that may be lost, and of all changes by `changes`, which
 * they poll.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import {
	Empty,
	Id,
	nullable,
	object,
	oneOf,
	page,
	pageParams,
	Time,
	Type
} from "../../lib/schemas.ts";

/** `mute`: may not speak; `ban`: may not be in the room either; `kick`: the same for a minute. */
const RestrictionKind = oneOf("mute", "ban", "kick");

/** What an edge needs of a restriction. */
const held = {
	/** Null: in every room, and in private messages. */
	roomId: nullable(Id),
	userId: Id,
	kind: RestrictionKind,
	/** Null: until lifted. */
	until: nullable(Time)
};
const Hold = object(held);

const Restriction = object({
	...held,
	reason: Type.String(),
	by: Id,
	byOperator: Type.Boolean({ description: "Then the host cannot lift it" }),
	at: Time
});

const Version = Type.Integer({ minimum: 0 });
const Reason = Type.String({ maxLength: limits.restrictionReasonCharactersMax });
const Seconds = Type.Integer({
	minimum: 1,
	maximum: limits.restrictionSecondsMax,
	description: `Until lifted unless told; a kick is for ${limits.kickSeconds} s`
});
const InRoom = object({
	id: Id,
	userId: Id,
	kind: RestrictionKind,
	seconds: Type.Optional(Seconds),
	reason: Type.Optional(Reason)
});
const Anywhere = object(
	{
		userId: Id,
		roomId: Type.Optional(Id),
		kind: RestrictionKind,
		seconds: Type.Optional(Seconds),
		reason: Reason
	},
	// Who is to be nowhere is banned as a user: that ends sessions and streams too.
	{ if: { required: ["roomId"] }, else: { properties: { kind: { const: "mute" } } } }
);
const Word = Type.String({ minLength: 1, maxLength: limits.wordCharactersMax, examples: ["spam"] });
const Holds = object({
	items: Type.Array(Hold),
	/** Changes up to this version are in it: what an edge read before a newer one is old. */
	version: Version
});

/** What these actions share: only the host of the room, and 404 for everybody else. */
const owned = {
	auth: "user",
	owner: "findRoom",
	rateLimit: { count: limits.restrictionsPerMinuteMax, seconds: 60, by: "user" }
} as const;

export const moderation = contract("moderation", {
	actions: {
		restrict: {
			summary: "Mutes, bans or kicks somebody in one's own room; the last word of a kind counts.",
			rest: "POST /rooms/:id/restrictions",
			...owned,
			params: InRoom,
			returns: Restriction,
			errors: [
				"NOT_FOUND",
				"CANNOT_RESTRICT_SELF",
				"CANNOT_RESTRICT_OPERATOR",
				"TOO_MANY_RESTRICTIONS"
			]
		},
		lift: {
			summary: "Lifts what the host laid on somebody in their room. Safe to repeat.",
			rest: "DELETE /rooms/:id/restrictions/:userId",
			...owned,
			params: object({ id: Id, userId: Id }),
			returns: Empty,
			errors: ["NOT_FOUND"]
		},
		list: {
			summary: "Who is muted or banned in one's own room, the last one first.",
			rest: "GET /rooms/:id/restrictions",
			...owned,
			params: object({ id: Id, ...pageParams }),
			returns: page(Restriction),
			errors: ["NOT_FOUND"],
			read: true
		},
		standing: {
			summary: "What the caller may do in a room now.",
			rest: "GET /rooms/:id/standing",
			auth: "user",
			params: object({ id: Id }),
			returns: object({
				mayStay: Type.Boolean(),
				maySpeak: Type.Boolean(),
				until: nullable(Time)
			}),
			read: true
		},
		restrictAnywhere: {
			summary: "Mutes, bans or kicks somebody in any room, or mutes them in all.",
			rest: "POST /admin/restrictions",
			auth: "operator",
			params: Anywhere,
			returns: Restriction,
			errors: ["NOT_FOUND", "CANNOT_RESTRICT_SELF", "TOO_MANY_RESTRICTIONS"]
		},
		liftAnywhere: {
			summary: "Lifts what hosts and operators laid on somebody in a room, or everywhere.",
			rest: "DELETE /admin/restrictions/:userId",
			auth: "operator",
			params: object({ userId: Id, roomId: Type.Optional(Id) }),
			returns: Empty
		},
		words: {
			summary: "The words that nobody may say, the last one first.",
			rest: "GET /admin/words",
			auth: "operator",
			params: object(pageParams),
			returns: page(object({ word: Word, by: Id, at: Time })),
			read: true
		},
		addWord: {
			summary: "Adds a word that nobody may say. Safe to repeat.",
			rest: "POST /admin/words",
			auth: "operator",
			params: object({ word: Word }),
			returns: object({ word: Word }),
			errors: ["WORD_NOT_ALLOWED", "TOO_MANY_WORDS"]
		},
		removeWord: {
			summary: "Allows a word again. Safe to repeat.",
			rest: "POST /admin/words/allow",
			auth: "operator",
			params: object({ word: Word }),
			returns: Empty
		},
		ofRoom: {
			summary: "All restrictions that hold in a room now; those of all rooms are not in it.",
			auth: "internal",
			params: object({ roomId: Id }),
			returns: Holds,
			read: true
		},
		ofUser: {
			summary: "The restrictions that hold for a user in all rooms now.",
			auth: "internal",
			params: object({ userId: Id }),
			returns: Holds,
			read: true
		},
		changes: {
			summary: "What changed since a version: the guarantee behind the hint.",
			auth: "internal",
			params: object({ since: Version }),
			returns: object({
				version: Version,
				items: Type.Array(object({ roomId: nullable(Id), userId: Id })),
				/** False: too much changed; load everything again. */
				complete: Type.Boolean(),
				wordsVersion: Version
			}),
			read: true
		},
		allWords: {
			summary: "Every word that nobody may say, in one spelling, for the edges.",
			auth: "internal",
			params: Empty,
			returns: object({ version: Version, words: Type.Array(Type.String()) }),
			read: true
		}
	},
	events: {
		/** Somebody's restrictions in a room, or everywhere, are different now. */
		changed: object({ roomId: nullable(Id), userId: Id }),
		wordsChanged: Empty
	}
});
