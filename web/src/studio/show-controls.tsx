import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBroadcast, IconPlayerPause, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import type { Room, RoomStatus } from "../room/status-badge.tsx";
import { FormError } from "../shell/form-error.tsx";
import { Confirm } from "./confirm.tsx";

type Step = "rooms.start" | "rooms.pause" | "rooms.end";

/** Start, pause, resume and end, as the state of the room allows; and how many watch. */
export function ShowControls({ room }: { room: Room }) {
	const { t } = useTranslation();
	const client = useQueryClient();
	const [asksEnd, { open, close }] = useDisclosure(false);
	const step = useMutation({
		mutationFn: (action: Step) => call(action, { id: room.id }),
		onSuccess: (next) => client.setQueryData(["room", room.id], next)
	});
	return (
		<Paper withBorder p="md">
			<Stack gap="sm">
				<Group>
					<NextStep status={room.status} isBusy={step.isPending} take={step.mutate} />
					{room.status !== "ended" && (
						<Button
							variant="light"
							color="red"
							leftSection={<IconPlayerStop size={18} aria-hidden />}
							disabled={step.isPending}
							onClick={open}
						>
							{t("studio.end")}
						</Button>
					)}
					<Numbers room={room} />
				</Group>
				<FormError error={step.error} />
			</Stack>
			<Confirm
				opened={asksEnd}
				title={t("studio.endTitle")}
				text={t("studio.endText")}
				action={t("studio.end")}
				onCancel={close}
				onConfirm={() => {
					close();
					step.mutate("rooms.end");
				}}
			/>
		</Paper>
	);
}

interface NextStepProps {
	readonly status: RoomStatus;
	readonly isBusy: boolean;
	readonly take: (step: Step) => void;
}

function NextStep({ status, isBusy, take }: NextStepProps) {
	const { t } = useTranslation();
	if (status === "live") {
		return (
			<Button
				variant="default"
				leftSection={<IconPlayerPause size={18} aria-hidden />}
				loading={isBusy}
				onClick={() => take("rooms.pause")}
			>
				{t("studio.pause")}
			</Button>
		);
	}
	return (
		<Button
			leftSection={<IconBroadcast size={18} aria-hidden />}
			loading={isBusy}
			onClick={() => take("rooms.start")}
		>
			{status === "paused" ? t("studio.resume") : t("studio.start")}
		</Button>
	);
}

function Numbers({ room }: { room: Room }) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<Group gap="xl" ml={{ base: 0, sm: "auto" }}>
			<Text size="sm">
				{t("room.viewers")}: <b>{format.number(room.viewers)}</b>
			</Text>
			<Text size="sm">
				{t("room.peak")}: <b>{format.number(room.peakViewers)}</b>
			</Text>
		</Group>
	);
}
