/** The client of this page, on the browser's own storage, locks and network. */
import { useSyncExternalStore } from "react";
import { createClient, type Params, type Returns, requestOf } from "./client.ts";
import { sendWith } from "./http.ts";
import { Session, storageKey } from "./session.ts";

const send = sendWith((...parts) => fetch(...parts));

/** Locks are there in secure contexts only; without them one tab at a time is a matter of luck. */
const exclusively = async <T>(work: () => Promise<T>): Promise<T> =>
	"locks" in navigator ? navigator.locks.request("session.refresh", work) : work();

const session = new Session({
	storage: localStorage,
	exclusively,
	refresh: async (refreshToken) =>
		(await send(requestOf("auth.refresh", { refreshToken }))) as Returns<"auth.refresh">,
	now: Date.now
});

addEventListener("storage", ({ key }) => {
	// `null`: all of the storage was cleared.
	if (key === storageKey || key === null) session.storageChanged();
});

export const { call, submit } = createClient(send, session);

/** For the socket, which speaks for the same user; `refused` is not given again. */
export const accessToken = (refused?: string) => session.token(refused);
export const sessionUserId = session.userId;
export const onSessionChange = session.subscribe;

/** The signed-in user's id; undefined for guests. */
export const useUserId = () => useSyncExternalStore(session.subscribe, session.userId);

export async function signIn(params: Params<"auth.signIn">): Promise<void> {
	session.begin(await call("auth.signIn", params));
}

export async function register(params: Params<"auth.register">): Promise<void> {
	session.begin(await call("auth.register", params));
}

/** Forgets the session here even when the platform cannot be told. */
export async function signOut(): Promise<void> {
	await call("auth.signOut", {}).catch(() => undefined);
	session.end();
}
