import { Button, Group, Modal, Paper, Stack, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconExternalLink, IconPencil } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ApiError } from "../api/http.ts";
import { call, useUserId } from "../api/index.ts";
import { ChatPanel } from "../chat/chat-panel.tsx";
import { useRoomChat } from "../chat/use-room-chat.ts";
import { Income } from "../gifts/income.tsx";
import { type Room, StatusBadge } from "../room/status-badge.tsx";
import { BackLink } from "../shell/back-link.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { LoadFailed, PageLoading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import classes from "./console-page.module.css";
import { Encoder } from "./encoder.tsx";
import { LastSales } from "./goods-orders.tsx";
import { RoomGoods } from "./goods-room.tsx";
import { RoomSales } from "./goods-sales.tsx";
import { HostOnly } from "./host-only.tsx";
import { Preview } from "./preview.tsx";
import { RoomForm } from "./room-form.tsx";
import { ShowControls } from "./show-controls.tsx";
import { Signal } from "./signal.tsx";

/** A host watches the numbers closely. */
const refetchMilliseconds = 2_000;

export function ConsolePage() {
	const { id = "" } = useParams();
	const { t } = useTranslation();
	usePageTitle(t("studio.title"));
	return (
		<HostOnly>
			<Console key={id} id={id} />
		</HostOnly>
	);
}

function Console({ id }: { id: string }) {
	const { t } = useTranslation();
	const userId = useUserId();
	const { data, error, refetch } = useQuery({
		queryKey: ["room", id],
		queryFn: () => call("rooms.get", { id }),
		refetchInterval: refetchMilliseconds
	});
	usePageTitle(data?.title);
	if (!data) {
		const isAbsent = error instanceof ApiError && [404, 422].includes(error.status);
		if (isAbsent) return <NotFound title={t("room.notFoundTitle")} />;
		return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <PageLoading />;
	}
	if (data.host.id !== userId) return <NotFound title={t("room.notFoundTitle")} />;
	return (
		<Stack>
			<Head room={data} />
			<ShowControls room={data} />
			<div className={classes.columns}>
				<Stack>
					<Preview room={data} />
					<RoomGoods room={data} />
					<RoomSales room={data} />
					<LastSales />
					<Signal roomId={data.id} />
					<Income room={data} />
				</Stack>
				<Stack>
					<Chat room={data} />
					<Encoder roomId={data.id} />
				</Stack>
			</div>
		</Stack>
	);
}

/** What viewers say, and the host's answer. */
function Chat({ room }: { room: Room }) {
	const now = useRoomChat(room.id);
	return (
		<Paper withBorder className={classes.chat ?? ""}>
			<ChatPanel room={room} now={now} />
		</Paper>
	);
}

function Head({ room }: { room: Room }) {
	const { t } = useTranslation();
	const [edits, { open, close }] = useDisclosure(false);
	return (
		<Stack gap="xs">
			<BackLink to="/studio">{t("studio.yourShows")}</BackLink>
			<Group gap="sm">
				<Title order={1} size="h2">
					<bdi>{room.title}</bdi>
				</Title>
				<StatusBadge status={room.status} />
			</Group>
			<Group gap="xs">
				<Button
					variant="default"
					size="xs"
					leftSection={<IconPencil size={16} aria-hidden />}
					onClick={open}
				>
					{t("studio.edit")}
				</Button>
				<Button
					variant="default"
					size="xs"
					component={Link}
					to={`/rooms/${room.id}`}
					leftSection={<IconExternalLink size={16} aria-hidden />}
				>
					{t("studio.openPage")}
				</Button>
			</Group>
			<EditDialog room={room} opened={edits} close={close} />
		</Stack>
	);
}

interface EditDialogProps {
	readonly room: Room;
	readonly opened: boolean;
	readonly close: () => void;
}

function EditDialog({ room, opened, close }: EditDialogProps) {
	const { t } = useTranslation();
	const client = useQueryClient();
	return (
		<Modal
			opened={opened}
			onClose={close}
			title={t("studio.edit")}
			closeButtonProps={{ "aria-label": t("app.close") }}
		>
			<RoomForm
				room={room}
				submitText={t("studio.save")}
				save={(values) => call("rooms.update", { id: room.id, ...values })}
				onSaved={(saved) => {
					client.setQueryData(["room", room.id], saved);
					notifications.show({ color: "green", message: t("studio.saved") });
					close();
				}}
			/>
		</Modal>
	);
}
