import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrophy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Room } from "../room/status-badge.tsx";
import { RankingDrawer } from "./ranking-drawer.tsx";

/** Opens who gave most. */
export function RankingButton({ room }: { room: Pick<Room, "id" | "host"> }) {
	const { t } = useTranslation();
	const [opened, { open, close }] = useDisclosure(false);
	return (
		<>
			<Button
				variant="light"
				leftSection={<IconTrophy size={18} aria-hidden />}
				aria-haspopup="dialog"
				onClick={open}
			>
				{t("ranks.open")}
			</Button>
			<RankingDrawer room={room} opened={opened} close={close} />
		</>
	);
}
