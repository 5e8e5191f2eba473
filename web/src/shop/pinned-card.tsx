import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { GoodPicture } from "./good-picture.tsx";
import type { PinnedGood } from "./goods.ts";
import { Price } from "./price.tsx";
import classes from "./shop.module.css";

/** What the host explains now: one tap leads to it. */
export function PinnedCard({ good, open }: { good: PinnedGood; open: () => void }) {
	const { t } = useTranslation();
	return (
		<button type="button" className={classes.pinned} onClick={open}>
			<GoodPicture url={good.pictureUrl} size={52} />
			<span className={classes.pinnedWords}>
				<Text component="span" size="xs" c="dimmed" truncate display="block">
					{t("shop.explained")}
				</Text>
				<Text component="span" size="sm" fw={600} truncate display="block">
					<bdi>{good.title}</bdi>
				</Text>
				<Price price={good.price} size="sm" />
			</span>
		</button>
	);
}
