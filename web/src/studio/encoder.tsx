import {
	ActionIcon,
	Button,
	Code,
	CopyButton,
	Group,
	List,
	Paper,
	Stack,
	Text,
	Title,
	VisuallyHidden
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck, IconCopy, IconEye, IconEyeOff, IconRefresh } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";
import { Confirm } from "./confirm.tsx";
import classes from "./console-page.module.css";

/** How to connect OBS. The key is shown once by the platform, so it lives as long as this page. */
export function Encoder({ roomId }: { roomId: string }) {
	const { t } = useTranslation();
	const issue = useMutation({ mutationFn: () => call("rooms.streamKey", { id: roomId }) });
	const address = issue.data;
	return (
		<Paper withBorder p="md" component="section" aria-labelledby="encoder">
			<Stack>
				<Title order={2} size="h4" id="encoder">
					{t("studio.obs")}
				</Title>
				<List type="ordered" size="sm" spacing={6}>
					<List.Item>{t("studio.obsStep1")}</List.Item>
					<List.Item>{t("studio.obsStep2")}</List.Item>
					<List.Item>{t("studio.obsStep3")}</List.Item>
					<List.Item>{t("studio.obsStep4")}</List.Item>
				</List>
				{address ? (
					<>
						<Line label={t("studio.server")} value={address.url} />
						<SecretLine label={t("studio.key")} value={address.key} />
					</>
				) : null}
				<Text size="sm" c="dimmed">
					{address ? t("studio.keyOnce") : t("studio.noKey")}
				</Text>
				<FormError error={issue.error} />
				<IssueKey isBusy={issue.isPending} hasKey={!!address} issue={() => issue.mutate()} />
			</Stack>
		</Paper>
	);
}

interface IssueKeyProps {
	readonly isBusy: boolean;
	readonly hasKey: boolean;
	readonly issue: () => void;
}

/** Asks first: whether an encoder uses the key of before is not known here. */
function IssueKey({ isBusy, hasKey, issue }: IssueKeyProps) {
	const { t } = useTranslation();
	const [asks, { open, close }] = useDisclosure(false);
	return (
		<>
			<Button
				variant={hasKey ? "default" : "filled"}
				leftSection={<IconRefresh size={18} aria-hidden />}
				loading={isBusy}
				onClick={open}
			>
				{hasKey ? t("studio.rotateKey") : t("studio.issueKey")}
			</Button>
			<Confirm
				opened={asks}
				title={t("studio.rotateTitle")}
				text={t("studio.rotateText")}
				action={t("studio.rotateKey")}
				onCancel={close}
				onConfirm={() => {
					close();
					issue();
				}}
			/>
		</>
	);
}

interface LineProps {
	readonly label: string;
	readonly value: string;
}

function Line({ label, value, shown = value, children }: LineProps & LineExtras) {
	return (
		<div>
			<Text size="sm" fw={500}>
				{label}
			</Text>
			<Group gap={4} wrap="nowrap">
				<Code className={classes.key ?? ""} flex={1} p="xs" fz="sm">
					{shown}
				</Code>
				{children}
				<Copy label={label} value={value} />
			</Group>
		</div>
	);
}

interface LineExtras {
	/** What stands there instead of the value that is copied. */
	readonly shown?: string;
	readonly children?: ReactNode;
}

function SecretLine({ label, value }: LineProps) {
	const { t } = useTranslation();
	const [isShown, setShown] = useState(false);
	return (
		<Line label={label} value={value} shown={isShown ? value : "•".repeat(24)}>
			<ActionIcon
				size={44}
				variant="subtle"
				color="gray"
				aria-label={isShown ? t("studio.hide") : t("studio.reveal")}
				onClick={() => setShown(!isShown)}
			>
				{isShown ? <IconEyeOff size={20} /> : <IconEye size={20} />}
			</ActionIcon>
		</Line>
	);
}

function Copy({ label, value }: LineProps) {
	const { t } = useTranslation();
	return (
		<CopyButton value={value}>
			{({ copied, copy }) => (
				<>
					<ActionIcon
						size={44}
						variant="subtle"
						color={copied ? "green" : "gray"}
						aria-label={`${t("studio.copy")}: ${label}`}
						onClick={copy}
					>
						{copied ? <IconCheck size={20} /> : <IconCopy size={20} />}
					</ActionIcon>
					<VisuallyHidden role="status">{copied && t("studio.copied")}</VisuallyHidden>
				</>
			)}
		</CopyButton>
	);
}
