import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Returns } from "../api/client.ts";

export type Room = Returns<"rooms.get">;
export type RoomStatus = Room["status"];

const colors = {
	live: "brand",
	paused: "yellow.5",
	scheduled: "indigo.8",
	ended: "gray.7"
} as const;

export function StatusBadge({ status }: { status: RoomStatus }) {
	const { t } = useTranslation();
	const text = {
		scheduled: t("room.statusScheduled"),
		live: t("room.statusLive"),
		paused: t("room.statusPaused"),
		ended: t("room.statusEnded")
	}[status];
	return (
		<Badge color={colors[status]} c={status === "paused" ? "black" : "white"} radius="sm">
			{text}
		</Badge>
	);
}
