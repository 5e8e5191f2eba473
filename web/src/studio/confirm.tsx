import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface ConfirmProps {
	readonly opened: boolean;
	readonly title: string;
	readonly text: string;
	/** The word on the button that does it. */
	readonly action: string;
	readonly onConfirm: () => void;
	readonly onCancel: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ opened, title, text, action, onConfirm, onCancel }: ConfirmProps) {
	const { t } = useTranslation();
	return (
		<Modal
			opened={opened}
			onClose={onCancel}
			title={title}
			closeButtonProps={{ "aria-label": t("app.close") }}
			centered
		>
			<Stack>
				<Text>{text}</Text>
				<Group justify="flex-end">
					<Button variant="default" onClick={onCancel} data-autofocus>
						{t("app.cancel")}
					</Button>
					<Button color="red.8" onClick={onConfirm}>
						{action}
					</Button>
				</Group>
			</Stack>
		</Modal>
	);
}
