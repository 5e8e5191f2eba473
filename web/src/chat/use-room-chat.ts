import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useUserId } from "../api/index.ts";
import { connection } from "./index.ts";
import { RoomChat, type RoomChatState } from "./room-chat.ts";

/** All pages of a room hear of its events in one moment; their questions may come one by one. */
const spreadMilliseconds = 1_000;

export interface RoomChatNow {
	readonly chat: RoomChat;
	readonly state: RoomChatState;
}

/** The chat of a room, entered as long as the component is there; undefined for a first moment. */
export function useRoomChat(roomId: string): RoomChatNow | undefined {
	const client = useQueryClient();
	const userId = useUserId();
	const [chat, setChat] = useState<RoomChat>();
	useEffect(() => {
		const timers = new Set<ReturnType<typeof setTimeout>>();
		const askAgain = () => {
			for (const kind of ["room", "beat"]) {
				void client.invalidateQueries({ queryKey: [kind, roomId] });
			}
		};
		const next = new RoomChat({
			connection,
			roomId,
			userId,
			onRoomEvent: () => timers.add(setTimeout(askAgain, Math.random() * spreadMilliseconds))
		});
		const stop = next.start();
		setChat(next);
		return () => {
			stop();
			for (const timer of timers) clearTimeout(timer);
			setChat(undefined);
		};
	}, [client, roomId, userId]);
	const state = useSyncExternalStore(chat?.changes.on ?? never, () => chat?.state());
	return chat && state ? { chat, state } : undefined;
}

const never = () => () => undefined;
