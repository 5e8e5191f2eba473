import { UnstyledButton } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { useFormat } from "../i18n/format.ts";
import { ComboRing } from "./combo-ring.tsx";
import classes from "./gifts.module.css";
import type { Gift, SendingState } from "./sending.ts";
import type { SendingNow } from "./use-gift-sending.ts";

interface SendButtonProps {
	readonly now: SendingNow;
	readonly gift: Gift;
	readonly count: number;
}

/**
 * Sends; and while a combo can go on, shows for how long. It is one button all the time, so that
 * the keyboard stays on it, and never closed while an answer is waited for: pressing on is what a
 * combo is.
 */
export function SendButton({ now: { sending, state }, gift, count }: SendButtonProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const combo = useOpenCombo(state, gift);
	const number = format.exact(combo ?? 0);
	return (
		<UnstyledButton
			className={classes.send ?? ""}
			data-combo={combo !== undefined}
			data-busy={state.waiting.length > 0}
			aria-label={combo === undefined ? t("gifts.send") : t("gifts.comboAgain", { count: number })}
			disabled={state.unanswered !== undefined}
			onClick={() => sending.press(gift, count)}
		>
			{combo === undefined ? (
				t("gifts.send")
			) : (
				<>
					<ComboRing key={combo} milliseconds={limits.giftComboMillisecondsMax} />
					<span aria-hidden>× {number}</span>
				</>
			)}
		</UnstyledButton>
	);
}

/** The count of the combo with this gift; undefined when there is none, or it is over. */
function useOpenCombo({ combo }: SendingState, gift: Gift): number | undefined {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		if (!combo) return;
		setNow(Date.now());
		const timer = setTimeout(() => setNow(Date.now()), combo.until - Date.now());
		return () => clearTimeout(timer);
	}, [combo]);
	return combo?.giftId === gift.id && combo.until > now ? combo.count : undefined;
}
