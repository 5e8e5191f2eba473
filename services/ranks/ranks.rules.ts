/** Where a gift counts, who stands before whom, and what a fan's level is. */

/** A gift as rankings see it. */
export interface GiftFact {
	readonly recordId: string;
	readonly roomId: string;
	readonly sessionId: string;
	readonly hostId: string;
	readonly userId: string;
	readonly coins: number;
	/** Milliseconds since 1970. */
	readonly at: number;
}

/** What a user has given in a ranking, and when it became so much. */
export interface Total {
	readonly userId: string;
	readonly coins: number;
	readonly reachedAt: number;
}

export const sessionBoard = (sessionId: string): string => `session/${sessionId}`;
/** Days are of UTC, like all times of the platform. */
export const dayBoard = (roomId: string, at: number): string =>
	`day/${roomId}/${new Date(at).toISOString().slice(0, 10)}`;
export const fanBoard = (hostId: string): string => `fans/${hostId}`;

/** Whether a board is read from its top, not only for single users. */
export const isRanking = (board: string): boolean => !board.startsWith("fans/");

export const boardsOf = (fact: GiftFact): string[] => [
	dayBoard(fact.roomId, fact.at),
	fanBoard(fact.hostId),
	sessionBoard(fact.sessionId)
];

/** Higher sums first; of equal ones, the one that was reached first; then the older account. */
export const byPlace = (left: Total, right: Total): number =>
	right.coins - left.coins ||
	left.reachedAt - right.reachedAt ||
	Number(left.userId) - Number(right.userId);

/** Sums of many gifts, by ranking and user: each row is then written once. */
export function sumsOf(facts: readonly GiftFact[]): Map<string, Map<string, Total>> {
	const sums = new Map<string, Map<string, Total>>();
	for (const fact of facts) {
		for (const board of boardsOf(fact)) {
			const users = sums.get(board) ?? new Map<string, Total>();
			sums.set(board, users);
			const { userId, coins, at: reachedAt } = fact;
			users.set(userId, added(users.get(userId), { userId, coins, reachedAt }));
		}
	}
	return sums;
}

/** Facts arrive in any order: a sum is reached with the last gift that it holds. */
export const added = (sum: Total | undefined, more: Total): Total =>
	sum === undefined
		? more
		: {
				userId: sum.userId,
				coins: sum.coins + more.coins,
				reachedAt: Math.max(sum.reachedAt, more.reachedAt)
			};

/** Coins given to one host that make level 1, 2, 3 … */
export const fanLevels: readonly number[] = [
	...[1, 100, 500, 2_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 5_000_000]
];

/** 0 for whoever gave nothing; `next` is what the next level takes in all, null at the last. */
export function fanLevelOf(coins: number): { level: number; next: number | null } {
	const level = fanLevels.filter((least) => coins >= least).length;
	return { level, next: fanLevels[level] ?? null };
}
