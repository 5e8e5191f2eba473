import { ActionIcon, Button, Group, Loader, Text } from "@mantine/core";
import {
	IconMaximize,
	IconMinimize,
	IconPictureInPicture,
	IconPlayerPauseFilled,
	IconPlayerPlayFilled,
	IconVolume,
	IconVolumeOff
} from "@tabler/icons-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Picture } from "../shell/picture.tsx";
import classes from "./player.module.css";
import { type PlayerState, useLivePlayer } from "./use-live-player.ts";
import { useSound, useStageControls } from "./use-stage-controls.ts";

interface PlayerProps {
	readonly roomId: string;
	readonly title: string;
	readonly generation: number;
	/** What lies over the picture. */
	readonly children?: ReactNode;
}

/** The moving picture of a room that is on air, with its controls. */
export function Player({ roomId, title, generation, children }: PlayerProps) {
	const { t } = useTranslation();
	const stage = useRef<HTMLDivElement>(null);
	const video = useRef<HTMLVideoElement>(null);
	const player = useLivePlayer(video, roomId, generation);
	const sound = useSound(video);
	return (
		<div ref={stage} className={classes.stage}>
			<video
				ref={video}
				className={classes.video}
				aria-label={t("player.label", { title })}
				muted
				playsInline
			/>
			<Message player={player} />
			{sound.muted && player.phase === "playing" && (
				<Button
					className={classes.sound}
					leftSection={<IconVolumeOff size={18} aria-hidden />}
					radius="xl"
					variant="white"
					color="dark"
					onClick={sound.toggle}
				>
					{t("player.tapForSound")}
				</Button>
			)}
			{children}
			<Controls player={player} sound={sound} stage={stage} video={video} />
		</div>
	);
}

interface SlateProps {
	readonly poster: string | null;
	readonly children: ReactNode;
	/** What lies over it. */
	readonly over?: ReactNode;
}

/** The same frame with words instead of a picture. */
export function Slate({ poster, children, over }: SlateProps) {
	return (
		<div className={classes.stage}>
			<Picture className={classes.poster} url={poster} alt="" instead={null} />
			<div className={classes.slate}>{children}</div>
			{over}
		</div>
	);
}

function Message({ player: { phase, start } }: { player: PlayerState }) {
	const { t } = useTranslation();
	if (phase === "blocked" || phase === "stopped") {
		return (
			<div className={classes.message}>
				<ActionIcon
					size={72}
					radius="xl"
					variant="white"
					color="dark"
					aria-label={t("player.play")}
					onClick={start}
				>
					<IconPlayerPlayFilled size={32} />
				</ActionIcon>
			</div>
		);
	}
	const text = {
		loading: t("player.loading"),
		retrying: t("player.retrying"),
		unsupported: t("player.unsupported"),
		playing: ""
	}[phase];
	return (
		<div className={classes.message} role="status">
			{(phase === "loading" || phase === "retrying") && <Loader color="white" aria-hidden />}
			{text && <Text fw={500}>{text}</Text>}
		</div>
	);
}

interface ControlsProps {
	readonly player: PlayerState;
	readonly sound: ReturnType<typeof useSound>;
	readonly stage: RefObject<HTMLDivElement | null>;
	readonly video: RefObject<HTMLVideoElement | null>;
}

function Controls({ player, sound, stage, video }: ControlsProps) {
	const { t } = useTranslation();
	const { isFull, canFloat, toggleFull, float } = useStageControls(stage, video);
	const runs = player.phase !== "stopped" && player.phase !== "blocked";
	return (
		<Group className={classes.controls} gap={4}>
			<Control
				label={runs ? t("player.pause") : t("player.play")}
				onClick={runs ? player.stop : player.start}
			>
				{runs ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
			</Control>
			<Control label={sound.muted ? t("player.unmute") : t("player.mute")} onClick={sound.toggle}>
				{sound.muted ? <IconVolumeOff size={20} /> : <IconVolume size={20} />}
			</Control>
			<span className={classes.gap} />
			{canFloat && (
				<Control label={t("player.pictureInPicture")} onClick={float}>
					<IconPictureInPicture size={20} />
				</Control>
			)}
			<Control
				label={isFull ? t("player.exitFullscreen") : t("player.fullscreen")}
				onClick={toggleFull}
			>
				{isFull ? <IconMinimize size={20} /> : <IconMaximize size={20} />}
			</Control>
		</Group>
	);
}

interface ControlProps {
	readonly label: string;
	readonly onClick: () => void;
	readonly children: ReactNode;
}

function Control({ label, onClick, children }: ControlProps) {
	return (
		<ActionIcon
			className={classes.control}
			size={44}
			radius="xl"
			variant="transparent"
			color="white"
			aria-label={label}
			title={label}
			onClick={onClick}
		>
			{children}
		</ActionIcon>
	);
}
