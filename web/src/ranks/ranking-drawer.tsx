import { Avatar, Badge, Drawer, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCoin, IconTrophy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import type { Room } from "../room/status-badge.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import classes from "./ranks.module.css";

interface RankingDrawerProps {
	readonly room: Pick<Room, "id" | "host">;
	readonly opened: boolean;
	readonly close: () => void;
}

type Period = "session" | "day";
type Item = Returns<"ranks.ranking">["items"][number];

/** Asked for only while somebody looks. */
const refetchMilliseconds = 4_000;

/** Who gave most, in this show and today. */
export function RankingDrawer({ room, opened, close }: RankingDrawerProps) {
	const { t } = useTranslation();
	const isWide = useMediaQuery("(min-width: 62em)");
	const [period, setPeriod] = useState<Period>("session");
	return (
		<Drawer
			opened={opened}
			onClose={close}
			position={isWide ? "right" : "bottom"}
			size={isWide ? 380 : "70%"}
			title={t("ranks.title")}
			closeButtonProps={{ "aria-label": t("app.close"), size: 44 }}
		>
			<Stack>
				<SegmentedControl
					fullWidth
					aria-label={t("ranks.period")}
					data={[
						{ value: "session", label: t("ranks.session") },
						{ value: "day", label: t("ranks.day") }
					]}
					value={period}
					onChange={(next) => setPeriod(next as Period)}
				/>
				<Places key={period} roomId={room.id} period={period} />
				<Fan hostId={room.host.id} />
			</Stack>
		</Drawer>
	);
}

function Places({ roomId, period }: { roomId: string; period: Period }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useQuery({
		queryKey: ["ranking", roomId, period],
		queryFn: () => call("ranks.ranking", { id: roomId, period }),
		refetchInterval: refetchMilliseconds
	});
	if (!data)
		return error ? (
			<LoadFailed error={error} retry={() => void refetch()} />
		) : (
			<Loading rows={4} height={40} />
		);
	if (data.items.length === 0) return <Empty icon={<IconTrophy />} title={t("ranks.empty")} />;
	return (
		<ol className={classes.places}>
			{data.items.map((item) => (
				<Place key={item.user.id} item={item} />
			))}
		</ol>
	);
}

function Place({ item: { user, place, coins } }: { item: Item }) {
	const { t } = useTranslation();
	const format = useFormat();
	const userId = useUserId();
	const count = format.exact(coins);
	return (
		<li className={classes.place} data-place={place}>
			<span className={classes.number} role="img" aria-label={t("ranks.place", { place })}>
				{place}
			</span>
			<Avatar src={user.avatarUrl} name={user.nickname} alt="" color="brand" size={36} />
			<Text fw={600} truncate flex={1}>
				<bdi>{user.nickname}</bdi>
			</Text>
			{user.id === userId && <Badge variant="light">{t("ranks.you")}</Badge>}
			<Group gap={4} wrap="nowrap" className={classes.coins ?? ""}>
				<IconCoin size={16} aria-hidden />
				<span role="img" aria-label={t("wallet.coins", { count })}>
					{count}
				</span>
			</Group>
		</li>
	);
}

/** What the signed-in user is to the host. */
function Fan({ hostId }: { hostId: string }) {
	const { t } = useTranslation();
	const format = useFormat();
	const userId = useUserId();
	const { data } = useQuery({
		queryKey: ["fan", hostId, userId],
		queryFn: () => call("ranks.fan", { id: hostId }),
		enabled: userId !== undefined && userId !== hostId,
		refetchInterval: refetchMilliseconds
	});
	if (!data || data.coins === 0) return null;
	const { coins, level, nextLevelCoins } = data;
	return (
		<Text size="sm" c="dimmed">
			{t("ranks.fan", { count: format.exact(coins), level })}{" "}
			{nextLevelCoins !== null && t("ranks.next", { count: format.exact(nextLevelCoins - coins) })}
		</Text>
	);
}
