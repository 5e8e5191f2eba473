/** What names may be, which shard holds whom, what others may see. Pure. */
import { limits } from "../../config/limits.ts";

/** What of a row anybody may see. The tags belong to another service and are added later. */
export const publicProfile = (profile: {
	readonly id: string;
	readonly nickname: string;
	readonly avatarUrl: string | null;
	readonly level: number;
	readonly createdAt: Date;
}) => ({
	id: profile.id,
	nickname: profile.nickname,
	avatarUrl: profile.avatarUrl,
	level: profile.level,
	createdAt: profile.createdAt.toISOString()
});

/** Tags that strangers see on a profile. All others are between the user and the platform. */
const publicTags: readonly string[] = ["host", "verified", "vip"];

export const visibleTags = (tags: readonly string[]): string[] =>
	tags.filter((tag) => publicTags.includes(tag));

/**
 * How many tables hold the profiles. It is part of where every row lies: changing it means
 * moving rows, so it is no setting.
 */
export const profileShards = 16;

/** Ids ascend, so the remainder spreads users evenly, new ones too. */
export const shardOf = (id: string): number => Number(id) % profileShards;

const showable = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** Control, format, private and unassigned characters; the joiner inside emoji is welcome. */
const unshowable = /(?!\u200d)\p{C}/u;

/** One space where there were several, nothing around; undefined where nothing can be shown. */
export function normaliseNickname(text: string): string | undefined {
	const nickname = text
		.normalize("NFC")
		.replace(/[^\S\p{C}]+/gu, " ")
		.trim();
	const length = [...nickname].length;
	if (length === 0 || length > limits.nicknameCharactersMax) return undefined;
	// Right-to-left overrides and their like make a name look like somebody else's.
	return unshowable.test(nickname) || !showable.test(nickname) ? undefined : nickname;
}

const allowedUsername = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u;

/**
 * The form by which names are compared: full-width letters, ligatures and capitals are one name
 * with their plain forms. Undefined where the name is not allowed.
 */
export function normaliseUsername(text: string): string | undefined {
	const username = text.normalize("NFKC").toLowerCase().normalize("NFKC");
	const { length } = [...username];
	if (length < limits.usernameCharactersMin || length > limits.usernameCharactersMax) {
		return undefined;
	}
	return allowedUsername.test(username) ? username : undefined;
}

/** Country code and last three digits stay: enough for its owner to know it. */
export const maskPhone = (phone: string): string =>
	phone.slice(0, 4) + "*".repeat(phone.length - 7) + phone.slice(-3);

/** Until the user chooses one. It does not come from the phone, so it tells nothing. */
export const firstNickname = (id: string): string => `user${id}`;

/** `"1,2"` or `["1", "2"]`, each id once, in order. */
export const idsOf = (ids: string | readonly string[]): string[] => [
	...new Set(typeof ids === "string" ? ids.split(",") : ids)
];
