import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { randomName } from "../chat/device.ts";
import { insist, isUnanswered } from "../wallet/insist.ts";

const sleep = (milliseconds: number) =>
	new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

interface KeyedOptions<Wish, Answer> {
	readonly send: (wish: Wish, key: string) => Promise<Answer>;
	readonly onSuccess?: (answer: Answer) => unknown;
	readonly onSettled?: () => unknown;
}

/**
 * For what moves money or goods. One wish has one key until its answer is known: asked again,
 * however often, it is done at most once. Another wish has another.
 */
export function useKeyed<Wish, Answer>({ send, onSuccess, onSettled }: KeyedOptions<Wish, Answer>) {
	const pending = useRef<{ key: string; wish: string }>(undefined);
	/** The platform was busy or silent, and is asked again. */
	const [isBusy, setBusy] = useState(false);
	const mutation = useMutation({
		mutationFn: async (wish: Wish) => {
			const text = JSON.stringify(wish);
			if (pending.current?.wish !== text) pending.current = { key: randomName(), wish: text };
			const { key } = pending.current;
			const pause = async (milliseconds: number) => {
				setBusy(true);
				await sleep(milliseconds);
			};
			return (await insist(() => send(wish, key), pause)).answer;
		},
		onSuccess(answer) {
			pending.current = undefined;
			onSuccess?.(answer);
		},
		onError(error) {
			// Without an answer the next press asks about the same wish.
			if (!isUnanswered(error)) pending.current = undefined;
		},
		onSettled() {
			setBusy(false);
			onSettled?.();
		}
	});
	/** Nobody knows whether it was done. */
	return { ...mutation, isBusy, isOpen: isUnanswered(mutation.error) };
}
