import { Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import type { Room } from "../room/status-badge.tsx";
import { Announcer } from "./announcer.tsx";
import classes from "./chat.module.css";
import { ChatInput } from "./chat-input.tsx";
import { ChatLog } from "./chat-log.tsx";
import { LikeButton } from "./like-button.tsx";
import { type Speaker, SpeakerMenu } from "./speaker-menu.tsx";
import type { RoomChatNow } from "./use-room-chat.ts";

interface ChatPanelProps {
	readonly room: Pick<Room, "id" | "host" | "status" | "likes">;
	readonly now: RoomChatNow | undefined;
	/** On phones it lies over the picture. */
	readonly isOver?: boolean;
	/** What else one can do, beside where one writes. */
	readonly extras?: ReactNode;
}

/** What is said in a room, and the way to say something. */
export function ChatPanel({ room, now, isOver = false, extras }: ChatPanelProps) {
	const { t } = useTranslation();
	const userId = useUserId();
	const [speaker, setSpeaker] = useState<Speaker>();
	return (
		<div className={isOver ? classes.over : classes.plain}>
			<section className={classes.panel} aria-labelledby="chat">
				<Title order={2} size="h4" id="chat" className={classes.title ?? ""}>
					{t("chat.title")}
				</Title>
				<Connection now={now} />
				<ChatLog
					now={now}
					hostId={room.host.id}
					onSpeaker={(one) => one.id !== userId && setSpeaker(one)}
				/>
				<Entrant now={now} />
				<div className={classes.foot}>
					<ChatInput now={now} status={room.status} />
					{extras}
					{room.status !== "scheduled" && (
						<LikeButton now={now} base={room.likes} isOpen={room.status !== "ended"} />
					)}
				</div>
				{now && <Announcer lines={now.state.lines} />}
				<SpeakerMenu room={room} speaker={speaker} close={() => setSpeaker(undefined)} />
			</section>
		</div>
	);
}

/** A short break is not worth a word. */
const breakMilliseconds = 1_500;

function Connection({ now }: Pick<ChatPanelProps, "now">) {
	const { t } = useTranslation();
	const isAway = now?.state.place === "away";
	const [wasAway] = useDebouncedValue(isAway, breakMilliseconds);
	return (
		<div role="status" className={classes.banner}>
			{isAway && wasAway && t("chat.reconnecting")}
			{now?.state.place === "banned" && <Banned until={now.state.bannedUntil ?? null} />}
		</div>
	);
}

function Banned({ until }: { until: string | null }) {
	const { t } = useTranslation();
	const format = useFormat();
	if (until === null) return t("chat.banned");
	return t("chat.bannedUntil", { time: format.moment(until) });
}

/**
 * Who came in last, on a place of its own: the lines stay where they are. It is not read out, which
 * would never end in a full room.
 */
function Entrant({ now }: Pick<ChatPanelProps, "now">) {
	const { t } = useTranslation();
	const entrant = now?.state.entrant;
	return (
		<div className={classes.entrant}>
			{entrant && (
				<Text size="sm" truncate key={entrant.id} className={classes.passing ?? ""}>
					<bdi>{entrant.nickname}</bdi> {t("chat.entered")}
				</Text>
			)}
		</div>
	);
}
