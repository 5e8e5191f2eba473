import { ActionIcon, Button, Text, TextInput } from "@mantine/core";
import { IconSend2 } from "@tabler/icons-react";
import { type KeyboardEvent, type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import type { RoomStatus } from "../room/status-badge.tsx";
import classes from "./chat.module.css";
import type { RoomChatNow } from "./use-room-chat.ts";
import { useSecondsLeft } from "./use-seconds-left.ts";

interface ChatInputProps {
	readonly now: RoomChatNow | undefined;
	readonly status: RoomStatus;
}

/** Where one writes; or why one cannot. */
export function ChatInput({ now, status }: ChatInputProps) {
	const { t } = useTranslation();
	const userId = useUserId();
	const openSignIn = useSignIn();
	if (status === "ended") return <Reason text={t("chat.closed")} />;
	if (status === "scheduled") return <Reason text={t("chat.notOpen")} />;
	if (userId === undefined) {
		return (
			<Button className={classes.signIn ?? ""} variant="light" onClick={openSignIn}>
				{t("chat.signIn")}
			</Button>
		);
	}
	if (now?.state.place === "banned") return <Reason text={t("chat.cannotSpeak")} />;
	if (now?.state.mutedUntil !== undefined) return <Muted {...now} />;
	return <Form now={now} />;
}

const Reason = ({ text }: { text: string }) => (
	<Text size="sm" className={classes.reason ?? ""}>
		{text}
	</Text>
);

function Muted({ chat, state }: RoomChatNow) {
	const { t } = useTranslation();
	const format = useFormat();
	const { mutedUntil = null } = state;
	const left = useSecondsLeft(mutedUntil === null ? undefined : Date.parse(mutedUntil));
	if (mutedUntil !== null && left === 0) return <Form now={{ chat, state }} />;
	return (
		<div className={classes.reason} role="status">
			<Text size="sm">
				{mutedUntil === null
					? t("chat.muted")
					: t("chat.mutedUntil", { time: format.moment(mutedUntil) })}
			</Text>
			<Button size="compact-sm" variant="default" onClick={() => chat.forgetMute()}>
				{t("app.retry")}
			</Button>
		</div>
	);
}

function Form({ now }: Pick<ChatInputProps, "now">) {
	const { t } = useTranslation();
	const [text, setText] = useState("");
	const wait = useSecondsLeft(now?.state.waitsUntil);
	const submit = (event: SubmitEvent) => {
		event.preventDefault();
		if (wait === 0 && now?.chat.say(text)) setText("");
	};
	return (
		<form className={classes.form} onSubmit={submit}>
			<TextInput
				className={classes.field ?? ""}
				classNames={{ input: classes.input ?? "" }}
				size="md"
				radius="xl"
				aria-label={t("chat.placeholder")}
				placeholder={wait > 0 ? t("chat.wait", { seconds: wait }) : t("chat.placeholder")}
				maxLength={limits.messageCharactersMax}
				autoComplete="off"
				enterKeyHint="send"
				value={text}
				onChange={({ currentTarget }) => setText(currentTarget.value)}
				onKeyDown={keepComposing}
			/>
			<ActionIcon
				type="submit"
				size={44}
				radius="xl"
				aria-label={wait > 0 ? t("chat.wait", { seconds: wait }) : t("chat.send")}
				disabled={!now || wait > 0 || text.trim() === ""}
			>
				{wait > 0 ? <span className={classes.wait}>{wait}</span> : <IconSend2 size={20} />}
			</ActionIcon>
		</form>
	);
}

/** Enter ends a Chinese or Korean word first; Safari tells so by a key code only. */
function keepComposing(event: KeyboardEvent): void {
	const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
	if (event.key === "Enter" && isComposing) event.preventDefault();
}
