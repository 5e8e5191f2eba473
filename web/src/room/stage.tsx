import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import { Player, Slate } from "../player/player.tsx";
import { coverOf } from "./cover.ts";
import type { RoomNow } from "./use-room.ts";

interface StageProps {
	readonly room: RoomNow;
	/** What lies over it, in full screen too. */
	readonly children?: ReactNode;
}

/** The picture, or why there is none. */
export function Stage({ room, children }: StageProps) {
	if (room.onAir) {
		return (
			<Player roomId={room.id} title={room.title} generation={room.generation}>
				{children}
			</Player>
		);
	}
	return (
		<Slate poster={coverOf(room)} over={children}>
			<div role="status">
				<Reason room={room} />
			</div>
			{room.status === "ended" && <Sum room={room} />}
		</Slate>
	);
}

function Reason({ room: { status, startsAt } }: { room: RoomNow }) {
	const { t } = useTranslation();
	const format = useFormat();
	const [title, text] = {
		live: [t("room.waitingTitle"), t("room.waitingText")],
		paused: [t("room.pausedTitle"), t("room.pausedText")],
		scheduled: [
			t("room.scheduledTitle"),
			startsAt ? t("room.startsAt", { time: format.moment(startsAt) }) : t("room.startsSoon")
		],
		ended: [t("room.endedTitle"), t("room.endedText")]
	}[status];
	return (
		<>
			<Text fz={{ base: 20, sm: 26 }} fw={700}>
				{title}
			</Text>
			<Text>{text}</Text>
		</>
	);
}

/** What the show came to. */
function Sum({ room: { startedAt, endedAt, peakViewers } }: { room: RoomNow }) {
	const { t } = useTranslation();
	const format = useFormat();
	if (!startedAt || !endedAt) return null;
	return (
		<Group gap="xl">
			<Figure label={t("room.duration")} value={format.length(startedAt, endedAt)} />
			<Figure label={t("room.peak")} value={format.number(peakViewers)} />
		</Group>
	);
}

function Figure({ label, value }: { label: string; value: string }) {
	return (
		<div>
			<Text size="sm">{label}</Text>
			<Text fw={700} fz={20}>
				{value}
			</Text>
		</div>
	);
}
