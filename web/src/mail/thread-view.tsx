import { ActionIcon, Anchor, Text, TextInput } from "@mantine/core";
import { IconSend2 } from "@tabler/icons-react";
import { type SubmitEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { limits } from "../../../config/limits.ts";
import { ApiError } from "../api/http.ts";
import { errorText } from "../i18n/error-text.ts";
import { useFormat } from "../i18n/format.ts";
import { LetterText } from "./letter-text.tsx";
import { type Letter, type Letters, type OrderEvent, type Peer, platformPeer } from "./letters.ts";
import classes from "./mail.module.css";
import type { Mailbox } from "./mailbox.ts";

interface ThreadViewProps {
	readonly peer: Peer;
	readonly mailbox: Mailbox;
	readonly letters: Letters;
}

/** What was written with one person, and what one writes next. */
export function ThreadView({ peer, mailbox, letters }: ThreadViewProps) {
	const { t } = useTranslation();
	const items = letters.items.filter((letter) => letter.peer.id === peer.id);
	const box = useRef<HTMLDivElement>(null);
	const last = items.at(-1)?.id;
	// biome-ignore lint/correctness/useExhaustiveDependencies: a new letter is what matters
	useLayoutEffect(() => {
		if (box.current) box.current.scrollTop = box.current.scrollHeight;
	}, [last]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: a new letter is seen at once
	useEffect(() => mailbox.see(peer.id), [mailbox, peer.id, last]);
	return (
		<>
			<div
				ref={box}
				className={classes.letters}
				role="log"
				aria-label={t("mail.title")}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the keyboard
				tabIndex={0}
			>
				{items.map((letter) => (
					<LetterRow key={letter.id} letter={letter} retry={() => void mailbox.retry(letter)} />
				))}
			</div>
			{peer.id !== platformPeer.id && <Writing send={(text) => void mailbox.send(peer, text)} />}
		</>
	);
}

const isToBuyer = (event: OrderEvent): boolean =>
	event !== "sold" && event !== "returned" && event !== "arrived";

function LetterRow({ letter, retry }: { letter: Letter; retry: () => void }) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<div className={classes.letter} data-mine={letter.isMine} data-state={letter.state}>
			<div className={classes.bubble}>
				<LetterText letter={letter} />
				{letter.news?.type === "went-live" && (
					<Anchor component={Link} to={`/rooms/${letter.news.roomId}`} display="block">
						{t("mail.watch")}
					</Anchor>
				)}
				{letter.news?.type === "order" && !isToBuyer(letter.news.event) && (
					<Anchor component={Link} to="/studio/orders" display="block">
						{t("goods.toSold")}
					</Anchor>
				)}
				{letter.news?.type === "order" && isToBuyer(letter.news.event) && (
					<Anchor component={Link} to={`/orders/${letter.news.orderId}`} display="block">
						{t("order.open")}
					</Anchor>
				)}
			</div>
			<Text size="xs" c="dimmed">
				{letter.state === "sending" ? t("mail.sending") : format.moment(letter.at)}
			</Text>
			{letter.state === "failed" && (
				<Text size="xs" c="red" role="alert">
					{errorText(t, new ApiError(letter.code ?? "INTERNAL", 0))}{" "}
					<Anchor component="button" type="button" size="xs" onClick={retry}>
						{t("app.retry")}
					</Anchor>
				</Text>
			)}
		</div>
	);
}

function Writing({ send }: { send: (text: string) => void }) {
	const { t } = useTranslation();
	const [text, setText] = useState("");
	const submit = (event: SubmitEvent) => {
		event.preventDefault();
		if (text.trim() === "") return;
		send(text);
		setText("");
	};
	return (
		<form className={classes.writing} onSubmit={submit}>
			<TextInput
				className={classes.field ?? ""}
				size="md"
				radius="xl"
				aria-label={t("mail.placeholder")}
				placeholder={t("mail.placeholder")}
				maxLength={limits.messageCharactersMax}
				autoComplete="off"
				enterKeyHint="send"
				value={text}
				onChange={({ currentTarget }) => setText(currentTarget.value)}
				data-autofocus
			/>
			<ActionIcon
				type="submit"
				size={44}
				radius="xl"
				aria-label={t("chat.send")}
				disabled={text.trim() === ""}
			>
				<IconSend2 size={20} />
			</ActionIcon>
		</form>
	);
}
