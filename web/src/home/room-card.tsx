import { Avatar, Group, Text } from "@mantine/core";
import { IconEye, IconPhoto } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "../i18n/format.ts";
import { coverOf } from "../room/cover.ts";
import { type Room, StatusBadge } from "../room/status-badge.tsx";
import { Picture } from "../shell/picture.tsx";
import classes from "./room-card.module.css";

interface RoomCardProps {
	readonly room: Room;
	/** Its place below the heading of the list. */
	readonly heading: "h2" | "h3";
	readonly to?: string;
}

/** A room in a list; the whole card is the link, read as its title. */
export function RoomCard({ room, heading, to = `/rooms/${room.id}` }: RoomCardProps) {
	const { t } = useTranslation();
	return (
		<article className={classes.card}>
			<div className={classes.cover}>
				<Picture url={coverOf(room)} alt="" instead={<IconPhoto size={36} aria-hidden />} />
				<span className={classes.badge}>
					<StatusBadge status={room.status} />
				</span>
				<Watching room={room} />
			</div>
			<Text component={heading} className={classes.title} lineClamp={2}>
				<Link to={to} className={classes.link}>
					<bdi>{room.title}</bdi>
				</Link>
			</Text>
			<Group gap={8} wrap="nowrap">
				<Avatar
					src={room.host.avatarUrl}
					name={room.host.nickname}
					size={24}
					alt=""
					color="brand"
				/>
				<Text
					size="sm"
					c="dimmed"
					truncate
					aria-label={t("home.host", { name: room.host.nickname })}
				>
					<bdi>{room.host.nickname}</bdi>
				</Text>
			</Group>
			<Moment room={room} />
		</article>
	);
}

function Watching({ room: { status, viewers } }: { room: Room }) {
	const { t } = useTranslation();
	const format = useFormat();
	if (status !== "live" && status !== "paused") return null;
	const count = format.number(viewers);
	return (
		<span className={classes.viewers} role="img" aria-label={t("room.watching", { count })}>
			<IconEye size={14} aria-hidden />
			{count}
		</span>
	);
}

function Moment({ room: { status, startsAt, endedAt } }: { room: Room }) {
	const { t } = useTranslation();
	const format = useFormat();
	const text = {
		live: "",
		paused: "",
		scheduled: startsAt
			? t("room.startsAt", { time: format.moment(startsAt) })
			: t("room.startsSoon"),
		ended: endedAt ? t("room.endedAt", { time: format.moment(endedAt) }) : ""
	}[status];
	if (!text) return null;
	return (
		<Text size="xs" c="dimmed">
			{text}
		</Text>
	);
}
