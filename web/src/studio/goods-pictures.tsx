import { ActionIcon, Button, FileButton, Group, Input } from "@mantine/core";
import { IconPhotoPlus, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { GoodPicture } from "../shop/good-picture.tsx";

interface PicturesInputProps {
	/** Files that were chosen just now, and addresses of what is there. */
	readonly value: readonly (File | string)[];
	readonly onChange: (value: (File | string)[]) => void;
}

export function PicturesInput({ value, onChange }: PicturesInputProps) {
	const { t } = useTranslation();
	const [isTooLarge, setTooLarge] = useState(false);
	const urls = useUrls(value);
	const add = (files: File[]) => {
		const fitting = files.filter(({ size }) => size <= limits.uploadBytesMax);
		setTooLarge(fitting.length < files.length);
		onChange([...value, ...fitting].slice(0, limits.productPicturesMax));
	};
	return (
		<Input.Wrapper
			labelElement="div"
			label={t("goods.pictures")}
			description={t("goods.picturesHint", { count: limits.productPicturesMax })}
			error={isTooLarge && t("errors.PAYLOAD_TOO_LARGE")}
		>
			<Group gap="xs" mt="xs">
				{value.map((picture, index) => (
					<Chosen
						key={urls.get(picture) ?? index}
						url={urls.get(picture) ?? null}
						number={index + 1}
						remove={() => onChange(value.filter((one) => one !== picture))}
					/>
				))}
				{value.length < limits.productPicturesMax && (
					<FileButton multiple accept="image/jpeg,image/png,image/webp,image/gif" onChange={add}>
						{(props) => (
							<Button
								{...props}
								variant="default"
								leftSection={<IconPhotoPlus size={18} aria-hidden />}
							>
								{t("goods.addPictures")}
							</Button>
						)}
					</FileButton>
				)}
			</Group>
		</Input.Wrapper>
	);
}

interface ChosenProps {
	readonly url: string | null;
	readonly number: number;
	readonly remove: () => void;
}

function Chosen({ url, number, remove }: ChosenProps) {
	const { t } = useTranslation();
	return (
		<Group gap={0} pos="relative">
			<GoodPicture url={url} size={72} />
			<ActionIcon
				pos="absolute"
				top={-8}
				right={-8}
				size={28}
				radius="xl"
				variant="filled"
				color="dark"
				aria-label={t("goods.removePicture", { number })}
				onClick={remove}
			>
				<IconX size={16} />
			</ActionIcon>
		</Group>
	);
}

/** Addresses under which pictures can be shown before they are uploaded. */
function useUrls(pictures: readonly (File | string)[]): ReadonlyMap<File | string, string> {
	const [urls, setUrls] = useState<ReadonlyMap<File | string, string>>(new Map());
	useEffect(() => {
		const made: string[] = [];
		const next = pictures.map((picture): [File | string, string] => {
			if (typeof picture === "string") return [picture, picture];
			const url = URL.createObjectURL(picture);
			made.push(url);
			return [picture, url];
		});
		setUrls(new Map(next));
		return () => {
			for (const url of made) URL.revokeObjectURL(url);
		};
	}, [pictures]);
	return urls;
}
