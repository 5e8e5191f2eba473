/** What hosts write about a room: made tidy, or refused. */
import { roomErrors } from "./rooms.errors.ts";
import { mayStartAt, normaliseTitle } from "./rooms.rules.ts";

export const titleOf = (text: string): string => {
	const title = normaliseTitle(text);
	if (title === undefined) throw roomErrors.TITLE_NOT_ALLOWED();
	return title;
};

export const startTimeOf = (text: string | null): Date | null => {
	if (text === null) return null;
	const startsAt = new Date(text);
	if (!mayStartAt(startsAt, new Date())) throw roomErrors.START_TIME_NOT_ALLOWED();
	return startsAt;
};
