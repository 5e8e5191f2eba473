import { useMemo, useRef, useSyncExternalStore } from "react";
import { call, useUserId } from "../api/index.ts";
import { useWalletChanges } from "../wallet/use-wallet.ts";
import { GiftSending, type SendingState } from "./sending.ts";

export interface SendingNow {
	readonly sending: GiftSending;
	readonly state: SendingState;
}

/** Sends gifts in a room, for who is signed in. */
export function useGiftSending(roomId: string): SendingNow {
	const userId = useUserId();
	const wallet = useWalletChanges();
	const changes = useRef(wallet);
	changes.current = wallet;
	// biome-ignore lint/correctness/useExhaustiveDependencies: another user sends their own
	const sending = useMemo(
		() =>
			new GiftSending({
				send: ({ key, gift, count }) =>
					call("gifts.send", { id: roomId, giftId: gift.id, count }, key),
				onBalance(balance) {
					if (balance === undefined) changes.current.isOld();
					else changes.current.became(balance);
				}
			}),
		[roomId, userId]
	);
	const state = useSyncExternalStore(sending.changes.on, sending.state);
	return { sending, state };
}
