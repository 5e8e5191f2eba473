import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import type { GivenGift } from "./gift.ts";
import { GiftIcon } from "./gift-icon.tsx";
import classes from "./gifts.module.css";
import { useGiftName } from "./use-gifts.ts";

/** A gift between the lines of the chat. */
export function GiftLine({ given }: { given: GivenGift }) {
	const { t } = useTranslation();
	const format = useFormat();
	const nameOf = useGiftName();
	const words = { name: nameOf(given.gift), count: format.exact(given.count) };
	return (
		<div className={classes.line}>
			<bdi className={classes.giver}>{given.sender.nickname}</bdi>{" "}
			<bdi>{t("chat.gift", words)}</bdi> <GiftIcon icon={given.gift.icon} />
		</div>
	);
}
