import { Avatar, Group, ScrollArea, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { call, useUserId } from "../api/index.ts";
import classes from "./followed-live.module.css";

const refetchMilliseconds = 15_000;

/** Hosts that the user follows and who are on air; absent while there are none. */
export function FollowedLive() {
	const { t } = useTranslation();
	const userId = useUserId();
	const { data } = useQuery({
		queryKey: ["followed-live", userId],
		queryFn: () => call("follows.live", {}),
		enabled: userId !== undefined,
		refetchInterval: refetchMilliseconds
	});
	if (!data || data.items.length === 0) return null;
	return (
		<Stack component="section" gap="sm" aria-labelledby="followed-live">
			<Title order={2} size="h3" id="followed-live">
				{t("home.following")}
			</Title>
			<ScrollArea type="never">
				<Group wrap="nowrap" gap="md" p={4}>
					{data.items.map(({ id, host }) => (
						<Link key={id} to={`/rooms/${id}`} className={classes.host}>
							<Avatar
								className={classes.ring ?? ""}
								src={host.avatarUrl}
								name={host.nickname}
								size={60}
								alt=""
								color="brand"
							/>
							<Text size="sm" truncate maw={76}>
								<bdi>{host.nickname}</bdi>
							</Text>
						</Link>
					))}
				</Group>
			</ScrollArea>
		</Stack>
	);
}
