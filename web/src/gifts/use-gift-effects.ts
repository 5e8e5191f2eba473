import { useEffect, useState } from "react";
import { useUserId } from "../api/index.ts";
import { connection } from "../chat/index.ts";
import { advanced, type Effects, isEmpty, noEffects } from "./effects.ts";
import { type GivenGift, givenGiftOf } from "./gift.ts";

/** However many gifts come, the picture changes so often at most. */
const stepMilliseconds = 100;

/** What a room's gifts show now. What came before this page did is history, and shows nothing. */
export function useGiftEffects(roomId: string): Effects {
	const userId = useUserId();
	const [effects, setEffects] = useState(noEffects);
	useEffect(() => {
		let current = noEffects;
		let fresh: GivenGift[] = [];
		let timer: ReturnType<typeof setInterval> | undefined;
		const step = () => {
			current = advanced(current, fresh, { now: Date.now(), userId });
			fresh = [];
			setEffects(current);
			if (!isEmpty(current)) return;
			clearInterval(timer);
			timer = undefined;
		};
		const end = onGift(roomId, (given) => {
			fresh.push(given);
			timer ??= setInterval(step, stepMilliseconds);
		});
		return () => {
			end();
			clearInterval(timer);
			setEffects(noEffects);
		};
	}, [roomId, userId]);
	return effects;
}

/** Calls back with each gift of a room, as it comes. */
export const onGift = (roomId: string, take: (given: GivenGift) => void): (() => void) =>
	connection.envelopes.on((envelope) => {
		if (envelope.roomId !== roomId) return;
		const given = givenGiftOf(envelope);
		if (given) take(given);
	});
