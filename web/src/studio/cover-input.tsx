import { Button, FileButton, Group, Input, Text } from "@mantine/core";
import { IconPhotoUp, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { Picture } from "../shell/picture.tsx";
import classes from "./cover-input.module.css";

const megabytes = limits.uploadBytesMax / 1024 / 1024;

interface CoverInputProps {
	/** A file that was chosen just now, or the address of what is there. */
	readonly value: File | string | null;
	readonly onChange: (value: File | string | null) => void;
}

export function CoverInput({ value, onChange }: CoverInputProps) {
	const { t } = useTranslation();
	const [isTooLarge, setTooLarge] = useState(false);
	const url = useUrl(value);
	const choose = (file: File | null) => {
		const fits = file !== null && file.size <= limits.uploadBytesMax;
		setTooLarge(file !== null && !fits);
		if (fits) onChange(file);
	};
	return (
		<Input.Wrapper
			labelElement="div"
			label={t("studio.cover")}
			description={t("studio.coverHint", { megabytes })}
			error={isTooLarge && t("errors.PAYLOAD_TOO_LARGE")}
		>
			<Picture className={classes.picture} url={url} alt={t("studio.coverAlt")} instead={null} />
			<Group mt="xs" gap="xs">
				<FileButton accept="image/jpeg,image/png,image/webp,image/gif" onChange={choose}>
					{(props) => (
						<Button
							{...props}
							variant="default"
							leftSection={<IconPhotoUp size={18} aria-hidden />}
						>
							{url ? t("studio.changeCover") : t("studio.chooseCover")}
						</Button>
					)}
				</FileButton>
				{url && (
					<Button
						variant="subtle"
						color="gray"
						leftSection={<IconX size={18} aria-hidden />}
						onClick={() => onChange(null)}
					>
						{t("studio.removeCover")}
					</Button>
				)}
				{value instanceof File && (
					<Text size="xs" c="dimmed" truncate>
						{value.name}
					</Text>
				)}
			</Group>
		</Input.Wrapper>
	);
}

/** An address under which the picture can be shown before it is uploaded. */
function useUrl(value: File | string | null): string | null {
	const [local, setLocal] = useState<string | null>(null);
	useEffect(() => {
		if (!(value instanceof File)) return;
		const url = URL.createObjectURL(value);
		setLocal(url);
		return () => URL.revokeObjectURL(url);
	}, [value]);
	return value instanceof File ? local : value;
}
