import { ActionIcon, Indicator } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { unreadOf } from "./letters.ts";
import { useMail } from "./mail-provider.tsx";

const shownMax = 99;

/** The way to private messages, with how many are new. */
export function MailButton() {
	const { t } = useTranslation();
	const { letters, openList } = useMail();
	const unread = unreadOf(letters);
	const label = unread > 0 ? t("mail.unread", { count: unread }) : t("mail.title");
	return (
		<Indicator
			label={unread > shownMax ? `${shownMax}+` : unread}
			disabled={unread === 0}
			size={18}
			offset={8}
		>
			<ActionIcon
				size={44}
				variant="subtle"
				color="gray"
				aria-label={label}
				title={label}
				onClick={openList}
			>
				<IconMail size={22} />
			</ActionIcon>
		</Indicator>
	);
}
