import {
	ActionIcon,
	Avatar,
	Badge,
	Drawer,
	Group,
	Stack,
	Text,
	UnstyledButton
} from "@mantine/core";
import { IconArrowLeft, IconMailOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import { Empty } from "../shell/states.tsx";
import { LetterText } from "./letter-text.tsx";
import { type Letters, type Peer, platformPeer, type Thread, threadsOf } from "./letters.ts";
import classes from "./mail.module.css";
import type { Mailbox } from "./mailbox.ts";
import { ThreadView } from "./thread-view.tsx";

interface MailDrawerProps {
	readonly mailbox: Mailbox;
	readonly letters: Letters;
	readonly shown: "list" | Peer | undefined;
	readonly show: (next: "list" | Peer | undefined) => void;
}

export function MailDrawer({ mailbox, letters, shown, show }: MailDrawerProps) {
	const { t } = useTranslation();
	const peer = typeof shown === "object" ? shown : undefined;
	return (
		<Drawer
			opened={shown !== undefined}
			onClose={() => show(undefined)}
			position="right"
			size="sm"
			title={
				peer ? (
					<Group gap="xs" wrap="nowrap">
						<ActionIcon
							size={44}
							variant="subtle"
							color="gray"
							aria-label={t("mail.back")}
							onClick={() => show("list")}
						>
							<IconArrowLeft size={20} />
						</ActionIcon>
						<PeerName peer={peer} />
					</Group>
				) : (
					t("mail.title")
				)
			}
			closeButtonProps={{ "aria-label": t("app.close") }}
			classNames={{ content: classes.content ?? "", body: classes.body ?? "" }}
		>
			{peer ? (
				<ThreadView key={peer.id} peer={peer} mailbox={mailbox} letters={letters} />
			) : (
				<Threads threads={threadsOf(letters)} open={show} />
			)}
		</Drawer>
	);
}

function PeerName({ peer }: { peer: Peer }) {
	const { t } = useTranslation();
	return <bdi>{peer.id === platformPeer.id ? t("mail.platform") : peer.nickname}</bdi>;
}

interface ThreadsProps {
	readonly threads: readonly Thread[];
	readonly open: (peer: Peer) => void;
}

function Threads({ threads, open }: ThreadsProps) {
	const { t } = useTranslation();
	if (threads.length === 0) {
		return <Empty icon={<IconMailOff />} title={t("mail.empty")} text={t("mail.emptyText")} />;
	}
	return (
		<Stack component="ul" gap={4} className={classes.threads ?? ""}>
			{threads.map((thread) => (
				<li key={thread.peer.id}>
					<ThreadRow thread={thread} open={() => open(thread.peer)} />
				</li>
			))}
		</Stack>
	);
}

function ThreadRow({ thread, open }: { thread: Thread; open: () => void }) {
	const format = useFormat();
	const last = thread.letters.at(-1);
	return (
		<UnstyledButton className={classes.thread ?? ""} onClick={open}>
			<Avatar name={thread.peer.nickname} alt="" color="brand" />
			<div className={classes.words}>
				<Group justify="space-between" wrap="nowrap" gap="xs">
					<Text fw={600} truncate>
						<PeerName peer={thread.peer} />
					</Text>
					<Text size="xs" c="dimmed" className={classes.time ?? ""}>
						{last && format.moment(last.at)}
					</Text>
				</Group>
				<Group justify="space-between" wrap="nowrap" gap="xs">
					<Text size="sm" c="dimmed" truncate>
						{last && <LetterText letter={last} />}
					</Text>
					{thread.unread > 0 && <Badge size="sm">{thread.unread}</Badge>}
				</Group>
			</div>
		</UnstyledButton>
	);
}
