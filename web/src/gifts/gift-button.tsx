import { ActionIcon } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconGift } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useUserId } from "../api/index.ts";
import type { Room } from "../room/status-badge.tsx";
import { GiftPanel } from "./gift-panel.tsx";
import classes from "./gifts.module.css";
import { useGiftSending } from "./use-gift-sending.ts";

/** Opens what can be given; nothing for the host, and while no show is on. */
export function GiftButton({ room }: { room: Pick<Room, "id" | "host" | "status"> }) {
	const { t } = useTranslation();
	const userId = useUserId();
	const [opened, { open, close }] = useDisclosure(false);
	// Not the panel's: what was pressed is sent whether it is open or not.
	const sending = useGiftSending(room.id);
	const isOpen = room.status === "live" || room.status === "paused";
	if (!isOpen || room.host.id === userId) return null;
	return (
		<>
			<ActionIcon
				className={classes.open ?? ""}
				size={44}
				radius="xl"
				variant="light"
				aria-label={t("gifts.open")}
				title={t("gifts.open")}
				aria-haspopup="dialog"
				onClick={open}
			>
				<IconGift size={22} />
			</ActionIcon>
			<GiftPanel roomId={room.id} sending={sending} opened={opened} close={close} />
		</>
	);
}
