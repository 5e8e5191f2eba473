/** The socket and the mailbox of this page, on the browser's own network, storage and locks. */
import { accessToken, onSessionChange, sessionUserId } from "../api/index.ts";
import { Mailbox, mailKeyOf } from "../mail/mailbox.ts";
import { Connection, type SocketAuth } from "./connection.ts";
import { takeDevice } from "./device.ts";

let device: Promise<string> | undefined;

/** This tab's name as a device; the same as long as the page is open. */
export const deviceId = (): Promise<string> => {
	device ??= takeDevice({
		storage: localStorage,
		locks: "locks" in navigator ? navigator.locks : undefined
	});
	return device;
};

/** Visitors of the list alone need no socket: its code comes when it is wanted. */
async function open(auth: SocketAuth) {
	const { io } = await import("socket.io-client");
	return io({
		transports: ["websocket"],
		autoConnect: false,
		forceNew: true,
		reconnection: false,
		auth
	});
}

export const connection = new Connection({
	open,
	token: accessToken,
	deviceId,
	random: Math.random
});

let mailbox: { userId: string; box: Mailbox } | undefined;

/** The mailbox of this user; there is one at a time. */
export function mailboxOf(userId: string): Mailbox {
	if (mailbox?.userId !== userId) {
		const box = new Mailbox({ connection, storage: localStorage, now: Date.now }, userId);
		mailbox = { userId, box };
	}
	return mailbox.box;
}

/** Who signs out leaves nothing on this device; who is signed out may come back. */
export function forgetMail(): void {
	const userId = sessionUserId();
	if (userId === undefined) return;
	localStorage.removeItem(mailKeyOf(userId));
	mailbox = undefined;
}

onSessionChange(() => connection.restart());
addEventListener("online", () => connection.hurry());
addEventListener("storage", ({ key }) => {
	if (mailbox && key === mailKeyOf(mailbox.userId)) mailbox.box.storageChanged();
});
