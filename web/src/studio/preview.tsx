import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Player, Slate } from "../player/player.tsx";
import { coverOf } from "../room/cover.ts";
import type { Room } from "../room/status-badge.tsx";
import classes from "./console-page.module.css";

/** What viewers see. Another encoder is noticed by the watchdog, so no generation is needed. */
export function Preview({ room }: { room: Room }) {
	const { t } = useTranslation();
	return (
		<section className={classes.preview} aria-label={t("studio.preview")}>
			{room.onAir ? (
				<Player roomId={room.id} title={room.title} generation={0} />
			) : (
				<Slate poster={coverOf(room)}>
					<Text fw={700} fz={20}>
						{t("studio.preview")}
					</Text>
					<Text>{t("studio.previewText")}</Text>
				</Slate>
			)}
		</section>
	);
}
