import { Button, Group, Modal, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBox, IconMovie, IconPlus, IconReceipt } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { call, useUserId } from "../api/index.ts";
import { RoomCard } from "../home/room-card.tsx";
import { RoomPlaceholders } from "../home/room-section.tsx";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { HostOnly } from "./host-only.tsx";
import { RoomForm } from "./room-form.tsx";

export function StudioPage() {
	const { t } = useTranslation();
	usePageTitle(t("studio.title"));
	return (
		<HostOnly>
			<OwnRooms />
		</HostOnly>
	);
}

function OwnRooms() {
	const { t } = useTranslation();
	const navigate = useNavigate();
	const [creates, { open, close }] = useDisclosure(false);
	return (
		<Stack>
			<Head create={open} />
			<RoomGrid />
			<Modal
				opened={creates}
				onClose={close}
				title={t("studio.newShow")}
				closeButtonProps={{ "aria-label": t("app.close") }}
			>
				<RoomForm
					submitText={t("studio.create")}
					save={(values) => call("rooms.create", values)}
					onSaved={({ id }) => navigate(`/studio/${id}`)}
				/>
			</Modal>
		</Stack>
	);
}

function Head({ create }: { create: () => void }) {
	const { t } = useTranslation();
	return (
		<Group justify="space-between" align="flex-start">
			<div>
				<Title order={1} size="h2">
					{t("studio.yourShows")}
				</Title>
				<Text c="dimmed">{t("studio.lead")}</Text>
			</div>
			<Group gap="xs">
				<Button
					component={Link}
					to="/studio/products"
					variant="default"
					leftSection={<IconBox size={18} aria-hidden />}
				>
					{t("goods.title")}
				</Button>
				<Button
					component={Link}
					to="/studio/orders"
					variant="default"
					leftSection={<IconReceipt size={18} aria-hidden />}
				>
					{t("goods.sold")}
				</Button>
				<Button leftSection={<IconPlus size={18} aria-hidden />} onClick={create}>
					{t("studio.newShow")}
				</Button>
			</Group>
		</Group>
	);
}

function RoomGrid() {
	const { t } = useTranslation();
	const hostId = useUserId();
	const query = useInfiniteQuery({
		queryKey: ["own-rooms", hostId],
		queryFn: ({ pageParam: cursor }) =>
			call("rooms.list", {
				sort: "new",
				...(hostId ? { hostId } : {}),
				...(cursor ? { cursor } : {})
			}),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor
	});
	const { data, error, refetch } = query;
	if (!data)
		return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <RoomPlaceholders />;
	const rooms = data.pages.flatMap(({ items }) => items);
	if (rooms.length === 0) {
		return (
			<Empty icon={<IconMovie />} title={t("studio.noShows")} text={t("studio.noShowsText")} />
		);
	}
	return (
		<>
			<SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} spacing="sm" verticalSpacing="lg">
				{rooms.map((room) => (
					<RoomCard key={room.id} room={room} heading="h2" to={`/studio/${room.id}`} />
				))}
			</SimpleGrid>
			<MoreButton pages={query} />
		</>
	);
}
