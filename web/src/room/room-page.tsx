import { Alert, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconEye, IconWifiOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ApiError } from "../api/http.ts";
import { ChatPanel } from "../chat/chat-panel.tsx";
import { useRoomChat } from "../chat/use-room-chat.ts";
import { GiftButton } from "../gifts/gift-button.tsx";
import { GiftEffects } from "../gifts/gift-effects.tsx";
import { RoomSection } from "../home/room-section.tsx";
import { useFormat } from "../i18n/format.ts";
import { RankingButton } from "../ranks/ranking-button.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { LoadFailed } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { RoomShop } from "../shop/room-shop.tsx";
import { categoryText } from "./categories.ts";
import { Host } from "./host.tsx";
import classes from "./room-page.module.css";
import { Stage } from "./stage.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { type RoomNow, useRoom } from "./use-room.ts";

export function RoomPage() {
	const { id = "" } = useParams();
	const { t } = useTranslation();
	const now = useRoomChat(id);
	const isInRoom = now?.state.place === "in";
	const { room, error, retry, isOffline } = useRoom(id, isInRoom);
	usePageTitle(room?.title);
	if (!room && error) {
		// An address that no room can have is refused, not looked for.
		const isAbsent = error instanceof ApiError && [404, 422].includes(error.status);
		if (isAbsent) return <NotFound title={t("room.notFoundTitle")} />;
		return <LoadFailed error={error} retry={retry} />;
	}
	if (!room) return <Placeholder />;
	return (
		<Stack gap="xl">
			<div className={classes.page} data-open={isOpen(room)}>
				<div className={classes.stage}>
					<Stage room={room}>
						<GiftEffects roomId={room.id} />
					</Stage>
					<div role="status">
						{isOffline && (
							<Alert icon={<IconWifiOff aria-hidden />} color="yellow" py="xs" mt="xs">
								{t("room.offline")}
							</Alert>
						)}
					</div>
				</div>
				<div className={classes.chat}>
					<ChatPanel room={room} now={now} isOver extras={<GiftButton room={room} />} />
				</div>
				<div className={classes.shop}>
					<RoomShop room={room} isInRoom={isInRoom} />
				</div>
				<Words room={room} viewers={isInRoom ? now.state.viewers : undefined} />
			</div>
			{room.status === "ended" && <RoomSection kind="live" category="" />}
		</Stack>
	);
}

/** Most rooms that somebody opens are on, so it has the shape of these. */
function Placeholder() {
	const { t } = useTranslation();
	return (
		<div className={classes.page} data-open role="status" aria-label={t("app.loading")}>
			<div className={classes.stage}>
				<Skeleton className={classes.picture ?? ""} height="auto" radius={0} />
			</div>
			<Skeleton className={classes.chat ?? ""} visibleFrom="md" />
			<Stack className={classes.words ?? ""}>
				<Skeleton height={28} width="60%" />
				<Skeleton height={70} />
			</Stack>
		</div>
	);
}

/** While a show is on, people talk. */
const isOpen = ({ status }: RoomNow): boolean => status === "live" || status === "paused";

interface WordsProps {
	readonly room: RoomNow;
	/** What the socket told last. */
	readonly viewers: number | undefined;
}

function Words({ room, viewers }: WordsProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const count = format.number(viewers ?? room.viewers);
	return (
		<Stack className={classes.words ?? ""} gap="md">
			<Stack gap={6}>
				<Group gap="xs">
					<StatusBadge status={room.status} />
					{room.status !== "ended" && (
						<Group gap={4} c="dimmed">
							<IconEye size={16} aria-hidden />
							<Text size="sm">{t("room.watching", { count })}</Text>
						</Group>
					)}
					<Text size="sm" c="dimmed">
						{categoryText(t, room.category)}
					</Text>
				</Group>
				<Title order={1} size="h3">
					<bdi>{room.title}</bdi>
				</Title>
			</Stack>
			<Paper withBorder p="sm">
				<Host host={room.host} roomId={room.id} />
			</Paper>
			{room.status !== "scheduled" && (
				<div>
					<RankingButton room={room} />
				</div>
			)}
		</Stack>
	);
}
