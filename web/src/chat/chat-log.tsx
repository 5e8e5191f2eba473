import { Button, Text } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./chat.module.css";
import { ChatLine, GapLine, OwnChatLine } from "./chat-line.tsx";
import type { Lines } from "./lines.ts";
import type { Speaker } from "./speaker-menu.tsx";
import type { RoomChatNow } from "./use-room-chat.ts";

interface ChatLogProps {
	readonly now: RoomChatNow | undefined;
	readonly hostId: string;
	readonly onSpeaker: (speaker: Speaker) => void;
}

/** Nearer to the end than this, one reads along. */
const endPixels = 40;

export function ChatLog({ now, hostId, onSpeaker }: ChatLogProps) {
	const { t } = useTranslation();
	const lines = now?.state.lines;
	const count = (lines?.arrived ?? 0) + (lines?.own.length ?? 0);
	const { box, unseen, look, toEnd } = useEnd(count, lines);
	const isEmpty = now?.state.place === "in" && lines?.entries.length === 0 && !lines.own.length;
	return (
		<div className={classes.logFrame}>
			<div
				ref={box}
				className={classes.log}
				role="log"
				aria-live="off"
				aria-label={t("chat.title")}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the keyboard
				tabIndex={0}
				onScroll={look}
				onKeyDown={moveByArrow}
			>
				{isEmpty && (
					<Text size="sm" className={classes.empty ?? ""}>
						{t("chat.empty")}
					</Text>
				)}
				{now && <Entries now={now} hostId={hostId} onSpeaker={onSpeaker} />}
			</div>
			{unseen > 0 && (
				<Button
					className={classes.newer ?? ""}
					size="compact-sm"
					radius="xl"
					leftSection={<IconArrowDown size={14} aria-hidden />}
					onClick={toEnd}
				>
					{t("chat.newer", { count: unseen })}
				</Button>
			)}
		</div>
	);
}

function Entries({ now, hostId, onSpeaker }: ChatLogProps & { readonly now: RoomChatNow }) {
	const { chat, state } = now;
	return (
		<>
			{state.lines.entries.map((entry) =>
				entry.type === "gap" ? (
					<GapLine key={entry.key} />
				) : (
					<ChatLine key={entry.key} line={entry.line} hostId={hostId} onSpeaker={onSpeaker} />
				)
			)}
			{state.lines.own.map((line) => (
				<OwnChatLine
					key={line.clientId}
					line={line}
					retry={() => chat.retry(line)}
					drop={() => chat.drop(line.clientId)}
				/>
			))}
		</>
	);
}

/** Up and down go from name to name, from the newest on; Enter opens the menu. */
function moveByArrow(event: KeyboardEvent<HTMLDivElement>): void {
	if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
	const names = [...event.currentTarget.querySelectorAll<HTMLElement>("button[tabindex='-1']")];
	const at = names.indexOf(document.activeElement as HTMLElement);
	const step = event.key === "ArrowUp" ? -1 : 1;
	const next = at < 0 ? names.at(-1) : names[at + step];
	if (!next) return;
	event.preventDefault();
	next.focus();
}

/** Stays at the end as lines come, until somebody scrolls back; then counts what they missed. */
function useEnd(count: number, lines: Lines | undefined) {
	const box = useRef<HTMLDivElement>(null);
	const isAtEnd = useRef(true);
	const [seen, setSeen] = useState(count);
	// biome-ignore lint/correctness/useExhaustiveDependencies: a line that fails grows
	useLayoutEffect(() => {
		if (!box.current || !isAtEnd.current) return;
		box.current.scrollTop = box.current.scrollHeight;
		setSeen(count);
	}, [count, lines]);
	return {
		box,
		unseen: Math.max(0, count - seen),
		look: () => {
			const element = box.current;
			if (!element) return;
			const left = element.scrollHeight - element.scrollTop - element.clientHeight;
			isAtEnd.current = left < endPixels;
			if (isAtEnd.current) setSeen(count);
		},
		toEnd: () => {
			isAtEnd.current = true;
			if (box.current) box.current.scrollTop = box.current.scrollHeight;
			setSeen(count);
		}
	};
}
