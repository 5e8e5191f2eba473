import { Anchor, Badge, Text } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import { ApiError } from "../api/http.ts";
import { givenGiftOf } from "../gifts/gift.ts";
import { GiftLine } from "../gifts/gift-line.tsx";
import { errorText } from "../i18n/error-text.ts";
import classes from "./chat.module.css";
import type { OwnLine } from "./lines.ts";
import { roomEventOf, textOf } from "./room-events.ts";
import type { Speaker } from "./speaker-menu.tsx";

interface ChatLineProps {
	readonly line: Envelope;
	readonly hostId: string;
	readonly onSpeaker: (speaker: Speaker) => void;
}

/** Lines do not change, and there are hundreds. `bdi` keeps one person's letters in their line. */
export const ChatLine = memo(function ChatLine({ line, hostId, onSpeaker }: ChatLineProps) {
	const { t } = useTranslation();
	const { from } = line;
	if (line.kind !== "chat" || !from) return <SystemLine line={line} />;
	return (
		<div className={classes.line}>
			<button
				type="button"
				className={classes.name}
				// Hundreds of stops before the input: arrow keys reach them, see ChatLog.
				tabIndex={-1}
				onClick={() => onSpeaker({ id: from.id, nickname: from.nickname, text: textOf(line) })}
			>
				<bdi>{from.nickname}</bdi>
			</button>{" "}
			{from.id === hostId && (
				<Badge size="xs" radius="sm" className={classes.host ?? ""}>
					{t("chat.host")}
				</Badge>
			)}{" "}
			<bdi className={classes.text}>{textOf(line)}</bdi>
		</div>
	);
});

/** What the platform says; what this page does not know of yet is left out. */
function SystemLine({ line }: { line: Envelope }) {
	const { t } = useTranslation();
	const event = roomEventOf(line);
	const gift = givenGiftOf(line);
	if (gift) return <GiftLine given={gift} />;
	if (line.kind === "system" && textOf(line) !== "") return <Note text={textOf(line)} />;
	if (event === undefined || event === "entered") return null;
	const text = {
		live: t("chat.live"),
		paused: t("chat.paused"),
		resumed: t("chat.resumed"),
		ended: t("chat.ended")
	}[event];
	return <Note text={text} />;
}

export function GapLine() {
	const { t } = useTranslation();
	return <Note text={t("chat.gap")} />;
}

const Note = ({ text }: { text: string }) => (
	<div className={classes.note}>
		<bdi>{text}</bdi>
	</div>
);

interface OwnChatLineProps {
	readonly line: OwnLine;
	readonly retry: () => void;
	readonly drop: () => void;
}

/** One's own line before it is part of the log. */
export function OwnChatLine({ line, retry, drop }: OwnChatLineProps) {
	const { t } = useTranslation();
	const isFailed = line.state === "failed";
	return (
		<div className={classes.line} data-state={line.state}>
			<span className={classes.name}>{t("chat.you")}</span>{" "}
			<bdi className={classes.text}>{line.text}</bdi>
			{isFailed && (
				<Text size="xs" className={classes.failure ?? ""} role="alert">
					{errorText(t, new ApiError(line.code ?? "INTERNAL", 0))}{" "}
					<Anchor component="button" type="button" size="xs" onClick={retry}>
						{t("app.retry")}
					</Anchor>{" "}
					<Anchor component="button" type="button" size="xs" onClick={drop}>
						{t("chat.drop")}
					</Anchor>
				</Text>
			)}
		</div>
	);
}
