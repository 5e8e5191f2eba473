import { Button, SimpleGrid, Skeleton, Stack, Title } from "@mantine/core";
import { IconBroadcast, IconCalendarEvent, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { call } from "../api/index.ts";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed } from "../shell/states.tsx";
import { RoomCard } from "./room-card.tsx";

/** A list that stands open should not grow old: viewers and covers change. */
const refetchMilliseconds = 15_000;
const columns = { base: 2, sm: 3, lg: 4 };

const kinds = {
	live: { status: "live,paused", sort: "heat", rooms: 12 },
	upcoming: { status: "scheduled", sort: "new", rooms: 8 },
	ended: { status: "ended", sort: "new", rooms: 8 }
} as const;

interface RoomSectionProps {
	readonly kind: keyof typeof kinds;
	/** Empty: all of them. */
	readonly category: string;
}

function useRooms({ kind, category }: RoomSectionProps) {
	const { status, sort, rooms: limit } = kinds[kind];
	return useInfiniteQuery({
		queryKey: ["rooms", kind, category],
		queryFn: ({ pageParam: cursor }) =>
			call("rooms.list", {
				status,
				sort,
				limit,
				...(category ? { category } : {}),
				...(cursor ? { cursor } : {})
			}),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor,
		refetchInterval: kind === "ended" ? false : refetchMilliseconds
	});
}

export function RoomSection(props: RoomSectionProps) {
	const { t } = useTranslation();
	const id = useId();
	const query = useRooms(props);
	const { data, error, isPending, refetch } = query;
	const rooms = data?.pages.flatMap(({ items }) => items);
	return (
		<Stack component="section" aria-labelledby={id} gap="sm" aria-busy={isPending}>
			<Title order={2} size="h3" id={id}>
				{t(`home.${props.kind}`)}
			</Title>
			{isPending && <RoomPlaceholders />}
			{error && !rooms && <LoadFailed error={error} retry={() => void refetch()} />}
			{rooms?.length === 0 && <EmptySection kind={props.kind} />}
			{rooms && rooms.length > 0 && (
				<SimpleGrid cols={columns} spacing="sm" verticalSpacing="lg">
					{rooms.map((room) => (
						<RoomCard key={room.id} room={room} heading="h3" />
					))}
				</SimpleGrid>
			)}
			<MoreButton pages={query} />
		</Stack>
	);
}

function EmptySection({ kind }: Pick<RoomSectionProps, "kind">) {
	const { t } = useTranslation();
	if (kind === "upcoming") {
		return <Empty icon={<IconCalendarEvent />} title={t("home.emptyUpcoming")} />;
	}
	if (kind === "ended") return <Empty icon={<IconHistory />} title={t("home.emptyEnded")} />;
	return (
		<Empty icon={<IconBroadcast />} title={t("home.emptyLive")} text={t("home.emptyLiveText")}>
			<Button component={Link} to="/studio" variant="light">
				{t("home.startOwn")}
			</Button>
		</Empty>
	);
}

/** The shapes of cards that are still to come. */
export function RoomPlaceholders() {
	return (
		<SimpleGrid cols={columns} spacing="sm" aria-hidden>
			{["a", "b", "c", "d"].map((key) => (
				<Stack key={key} gap={8}>
					<Skeleton style={{ aspectRatio: "16 / 10" }} height="auto" />
					<Skeleton height={14} width="85%" />
					<Skeleton height={12} width="50%" />
				</Stack>
			))}
		</SimpleGrid>
	);
}
