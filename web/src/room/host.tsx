import { Avatar, Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSignIn } from "../account/account-provider.tsx";
import { call, useUserId } from "../api/index.ts";
import { errorText } from "../i18n/error-text.ts";
import { useFormat } from "../i18n/format.ts";
import type { Room } from "./status-badge.tsx";

/** Who shows, with the follow button; hosts see the way to their console instead. */
export function Host({ host, roomId }: { host: Room["host"]; roomId: string }) {
	const { t } = useTranslation();
	const format = useFormat();
	const userId = useUserId();
	const { data, toggle, isPending } = useFollow(host.id);
	return (
		<Group wrap="nowrap">
			<Avatar src={host.avatarUrl} name={host.nickname} alt="" color="brand" size={44} />
			<div style={{ minWidth: 0, flex: 1 }}>
				<Text fw={600} truncate>
					<bdi>{host.nickname}</bdi>
				</Text>
				<Text size="sm" c="dimmed" truncate>
					{data && t("room.fans", { count: format.number(data.fans) })}
				</Text>
			</div>
			{host.id === userId ? (
				<Button component={Link} to={`/studio/${roomId}`} variant="light">
					{t("room.manage")}
				</Button>
			) : (
				<Button
					variant={data?.following ? "default" : "filled"}
					leftSection={
						data?.following ? (
							<IconCheck size={16} aria-hidden />
						) : (
							<IconPlus size={16} aria-hidden />
						)
					}
					aria-label={t(data?.following ? "room.unfollowLabel" : "room.followLabel", {
						name: host.nickname
					})}
					disabled={data === undefined}
					loading={isPending}
					onClick={toggle}
				>
					{data?.following ? t("room.unfollow") : t("room.follow")}
				</Button>
			)}
		</Group>
	);
}

function useFollow(id: string) {
	const { t } = useTranslation();
	const client = useQueryClient();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const queryKey = ["follow", id, userId];
	const { data } = useQuery({ queryKey, queryFn: () => call("follows.status", { id }) });
	const change = useMutation({
		mutationFn: (follow: boolean) => call(follow ? "follows.follow" : "follows.unfollow", { id }),
		onSuccess: (now) => client.setQueryData(queryKey, now),
		onError: (error) => notifications.show({ color: "red", message: errorText(t, error) })
	});
	return {
		data,
		isPending: change.isPending,
		toggle: () => (userId ? change.mutate(!data?.following) : openSignIn())
	};
}
