import { Alert, Button, Group, Skeleton, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "../i18n/error-text.ts";

interface LoadingProps {
	readonly rows?: number;
	/** Of a row, in pixels: as high as what comes, so that nothing jumps. */
	readonly height?: number;
}

/** Grey rows where a list will stand. */
export function Loading({ rows = 3, height = 72 }: LoadingProps) {
	const { t } = useTranslation();
	return (
		<Stack gap="sm" role="status" aria-label={t("app.loading")}>
			{Array.from({ length: rows }, (_, row) => `row-${row}`).map((key) => (
				<Skeleton key={key} height={height} />
			))}
		</Stack>
	);
}

/** The same with a heading above them. */
export function PageLoading() {
	return (
		<Stack>
			<Skeleton height={34} width="45%" aria-hidden />
			<Loading />
		</Stack>
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
	/** It is all of the page, so its title heads the page. */
	readonly isPage?: boolean;
	readonly text?: string;
	readonly children?: ReactNode;
}

export function Empty({ icon, title, isPage = false, text, children }: EmptyProps) {
	return (
		<Stack align="center" gap="xs" py="xl" ta="center">
			<ThemeIcon size={56} radius="xl" variant="light" aria-hidden>
				{icon}
			</ThemeIcon>
			<Text component={isPage ? "h1" : "p"} fw={600} fz={isPage ? "xl" : "md"} m={0}>
				{title}
			</Text>
			{text && (
				<Text size="sm" c="dimmed" maw={420}>
					{text}
				</Text>
			)}
			{children}
		</Stack>
	);
}
