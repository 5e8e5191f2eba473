/** The show that somebody left to buy coins; a payment page of others lies in between. */
const storageKey = "show";

export const rememberShow = (roomId: string): void => sessionStorage.setItem(storageKey, roomId);

/** Its path; undefined when nobody came from one. */
export function wayBack(): string | undefined {
	const roomId = sessionStorage.getItem(storageKey);
	return roomId === null ? undefined : `/rooms/${encodeURIComponent(roomId)}`;
}
