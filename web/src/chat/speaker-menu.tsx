import { Button, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
	IconBan,
	IconDoorExit,
	IconLockOpen,
	IconMail,
	IconMicrophoneOff
} from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe, useSignIn } from "../account/account-provider.tsx";
import type { Params } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { errorText } from "../i18n/error-text.ts";
import { useMail } from "../mail/mail-provider.tsx";
import type { Room } from "../room/status-badge.tsx";
import classes from "./chat.module.css";

/** Who said a line, and which. */
export interface Speaker {
	readonly id: string;
	readonly nickname: string;
	readonly text: string;
}

interface SpeakerMenuProps {
	readonly room: Pick<Room, "id" | "host">;
	readonly speaker: Speaker | undefined;
	readonly close: () => void;
}

/** What one may do about somebody who speaks. */
export function SpeakerMenu({ room, speaker, close }: SpeakerMenuProps) {
	const { t } = useTranslation();
	return (
		<Modal
			opened={speaker !== undefined}
			onClose={close}
			title={<bdi>{speaker?.nickname}</bdi>}
			closeButtonProps={{ "aria-label": t("app.close") }}
			size="xs"
			centered
		>
			{speaker && <Choices room={room} speaker={speaker} close={close} />}
		</Modal>
	);
}

function Choices({ room, speaker, close }: SpeakerMenuProps & { readonly speaker: Speaker }) {
	const { t } = useTranslation();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const { data: me } = useMe();
	const { openThread } = useMail();
	const mayModerate = userId === room.host.id || me?.tags.includes("operator");
	return (
		<Stack gap="xs">
			<Text size="sm" c="dimmed" lineClamp={3}>
				<bdi className={classes.text}>{speaker.text}</bdi>
			</Text>
			<Button
				variant="light"
				justify="start"
				leftSection={<IconMail size={18} aria-hidden />}
				onClick={() => {
					close();
					if (userId === undefined) openSignIn();
					else openThread({ id: speaker.id, nickname: speaker.nickname });
				}}
			>
				{t("chat.message")}
			</Button>
			{mayModerate && speaker.id !== room.host.id && (
				<Moderation room={room} speaker={speaker} close={close} />
			)}
		</Stack>
	);
}

type Measure = Pick<Params<"moderation.restrict">, "kind" | "seconds">;

const muteSeconds = 10 * 60;

function Moderation({ room, speaker, close }: SpeakerMenuProps & { readonly speaker: Speaker }) {
	const { t } = useTranslation();
	const { restrict, lift, isBusy } = useModeration(room, speaker, close);
	const measures = [
		{
			label: t("chat.mute"),
			icon: <IconMicrophoneOff size={18} aria-hidden />,
			seconds: muteSeconds
		},
		{ label: t("chat.kick"), icon: <IconDoorExit size={18} aria-hidden />, kind: "kick" },
		{ label: t("chat.ban"), icon: <IconBan size={18} aria-hidden />, kind: "ban" }
	] as const;
	return (
		<>
			{measures.map(({ label, icon, ...measure }) => (
				<Button
					key={label}
					variant="light"
					color="red"
					justify="start"
					leftSection={icon}
					disabled={isBusy}
					onClick={() => restrict({ kind: "mute", ...measure })}
				>
					{label}
				</Button>
			))}
			<Button
				variant="default"
				justify="start"
				leftSection={<IconLockOpen size={18} aria-hidden />}
				disabled={isBusy}
				onClick={() => lift()}
			>
				{t("chat.lift")}
			</Button>
		</>
	);
}

/** Hosts in their own room; operators in any, with their name in the records. */
function useModeration(
	{ id, host }: Pick<Room, "id" | "host">,
	speaker: Speaker,
	close: () => void
) {
	const { t } = useTranslation();
	const isHost = useUserId() === host.id;
	const settle = {
		onSuccess: () => {
			notifications.show({ color: "green", message: t("chat.done") });
			close();
		},
		onError: (error: Error) => notifications.show({ color: "red", message: errorText(t, error) })
	};
	const userId = speaker.id;
	const restrict = useMutation({
		mutationFn: async (measure: Measure) => {
			if (isHost) await call("moderation.restrict", { id, userId, ...measure });
			else {
				// What was said is why: the next operator will want to know.
				const reason = speaker.text;
				await call("moderation.restrictAnywhere", { roomId: id, userId, reason, ...measure });
			}
		},
		...settle
	});
	const lift = useMutation({
		mutationFn: async () => {
			if (isHost) await call("moderation.lift", { id, userId });
			else await call("moderation.liftAnywhere", { userId, roomId: id });
		},
		...settle
	});
	return {
		restrict: restrict.mutate,
		lift: lift.mutate,
		isBusy: restrict.isPending || lift.isPending
	};
}
