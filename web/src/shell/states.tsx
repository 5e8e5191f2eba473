import { Alert, Button, Center, Group, Loader, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "../i18n/error-text.ts";

export function Loading() {
	const { t } = useTranslation();
	return (
		<Center mih={240} role="status">
			<Loader aria-label={t("app.loading")} />
		</Center>
	);
}

/** What could not be loaded, why, and a way to try again. */
export function LoadFailed({ error, retry }: { error: unknown; retry: () => void }) {
	const { t } = useTranslation();
	return (
		<Alert
			color="red"
			variant="light"
			role="alert"
			icon={<IconAlertTriangle aria-hidden />}
			title={t("app.loadFailed")}
		>
			<Group justify="space-between">
				<Text size="sm">{errorText(t, error)}</Text>
				<Button size="xs" variant="default" onClick={retry}>
					{t("app.retry")}
				</Button>
			</Group>
		</Alert>
	);
}

interface EmptyProps {
	readonly icon: ReactNode;
	readonly title: string;
	readonly text?: string;
	readonly children?: ReactNode;
}

export function Empty({ icon, title, text, children }: EmptyProps) {
	return (
		<Stack align="center" gap="xs" py="xl" ta="center">
			<ThemeIcon size={56} radius="xl" variant="light" aria-hidden>
				{icon}
			</ThemeIcon>
			<Text fw={600}>{title}</Text>
			{text && (
				<Text size="sm" c="dimmed" maw={420}>
					{text}
				</Text>
			)}
			{children}
		</Stack>
	);
}
