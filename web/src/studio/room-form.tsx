import { Button, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import type { Params } from "../api/client.ts";
import { submit } from "../api/index.ts";
import { categories, categoryText } from "../room/categories.ts";
import type { Room } from "../room/status-badge.tsx";
import { FormError } from "../shell/form-error.tsx";
import { CoverInput } from "./cover-input.tsx";

interface RoomFormProps {
	/** Absent: the form makes a new one. */
	readonly room?: Room;
	readonly submitText: string;
	readonly save: (values: Params<"rooms.create">) => Promise<Room>;
	readonly onSaved: (room: Room) => void;
}

interface Values {
	readonly title: string;
	readonly category: string;
	/** As `datetime-local` writes it: `2026-11-21T20:00`, in the visitor's own time. */
	readonly startsAt: string;
	/** A file is not uploaded before the form is sent. */
	readonly cover: File | string | null;
}

export function RoomForm({ room, submitText, save, onSaved }: RoomFormProps) {
	const { t } = useTranslation();
	const form = useRoomForm(room);
	const send = useMutation({
		mutationFn: async (values: Values) => save(await paramsOf(values, room)),
		onSuccess: onSaved
	});
	return (
		<form onSubmit={form.onSubmit((values) => send.mutate(values))} noValidate>
			<Stack>
				<TextInput
					label={t("studio.showTitle")}
					maxLength={limits.roomTitleCharactersMax}
					required
					data-autofocus
					{...form.getInputProps("title")}
				/>
				<NativeSelect
					label={t("studio.category")}
					data={offered(form.values.category).map((value) => ({
						value,
						label: categoryText(t, value)
					}))}
					{...form.getInputProps("category")}
				/>
				<TextInput
					type="datetime-local"
					label={t("studio.startsAt")}
					description={t("studio.startsAtHint")}
					{...form.getInputProps("startsAt")}
				/>
				<CoverInput
					value={form.values.cover}
					onChange={(cover) => form.setFieldValue("cover", cover)}
				/>
				<FormError error={send.error} />
				<Button type="submit" loading={send.isPending}>
					{submitText}
				</Button>
			</Stack>
		</form>
	);
}

function useRoomForm(room: Room | undefined) {
	const { t } = useTranslation();
	return useForm<Values>({
		initialValues: initial(room),
		validate: {
			title: (title) => (title.trim() ? null : t("studio.titleRequired")),
			startsAt: (time) =>
				time && time !== localTime(room?.startsAt) && Date.parse(time) < Date.now()
					? t("studio.startsInPast")
					: null
		}
	});
}

const initial = (room: Room | undefined): Values => ({
	title: room?.title ?? "",
	category: room?.category ?? "other",
	startsAt: localTime(room?.startsAt),
	cover: room?.coverUrl ?? null
});

/** A room may have a category that the pages do not offer: it stays what it is. */
const offered = (present: string): string[] => [...new Set<string>([...categories, present])];

async function paramsOf({ title, category, startsAt, cover }: Values, room: Room | undefined) {
	const coverUrl = cover instanceof File ? await upload(cover) : cover;
	const planned = startsAt ? new Date(startsAt).toISOString() : null;
	// An old plan that nobody touched lies in the past by now, and would be refused.
	const isSame = startsAt === localTime(room?.startsAt);
	return { title: title.trim(), category, coverUrl, ...(isSame ? {} : { startsAt: planned }) };
}

async function upload(file: File): Promise<string> {
	const form = new FormData();
	form.set("file", file);
	return (await submit("files.upload", form)).url;
}

function localTime(time: string | null | undefined): string {
	if (!time) return "";
	const date = new Date(time);
	const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
	return shifted.toISOString().slice(0, "2026-11-21T20:00".length);
}
