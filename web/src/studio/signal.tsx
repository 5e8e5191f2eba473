import { Group, Paper, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Returns } from "../api/client.ts";
import { call } from "../api/index.ts";
import classes from "./console-page.module.css";

type Info = NonNullable<Returns<"rooms.signal">["info"]>;

const refetchMilliseconds = 3_000;

/** Viewers wait up to one keyframe interval for their first picture; 2 s is what we ask for. */
const gopSecondsMax = 3;
const fpsMin = 20;
const isPlayable = (codec: string | undefined): boolean =>
	codec === undefined || /^(h\.?264|avc|aac|mp4a|mp3)/i.test(codec);

/** How the stream arrives at the platform. */
export function Signal({ roomId }: { roomId: string }) {
	const { t } = useTranslation();
	const { data } = useQuery({
		queryKey: ["signal", roomId],
		queryFn: () => call("rooms.signal", { id: roomId }),
		refetchInterval: refetchMilliseconds
	});
	return (
		<Paper withBorder p="md" component="section" aria-labelledby="signal">
			<Title order={2} size="h4" id="signal" mb="sm">
				{t("studio.health")}
			</Title>
			{data?.onAir && data.info ? (
				<dl className={classes.health}>
					{rowsOf(t, data.info).map((row) => (
						<Row key={row.label} {...row} />
					))}
				</dl>
			) : (
				<Text c="dimmed">{t("studio.noSignal")}</Text>
			)}
		</Paper>
	);
}

interface RowProps {
	readonly label: string;
	readonly value: string;
	/** What is wrong with it, if something is. */
	readonly fault?: string | false;
	/** Nothing can be said yet: the first measurement takes a moment. */
	readonly isUnknown?: boolean;
}

function rowsOf(t: TFunction, info: Info): RowProps[] {
	const { video, audio, width, height, fps = 0, gopSeconds = 0, kilobitsPerSecond = 0 } = info;
	const absent = t("studio.absent");
	const measured = (number: number, text: string) => (number > 0 ? text : absent);
	return [
		{
			label: t("studio.bitrate"),
			value: measured(
				kilobitsPerSecond,
				t("studio.kilobits", { value: Math.round(kilobitsPerSecond) })
			),
			isUnknown: kilobitsPerSecond === 0
		},
		{
			label: t("studio.fps"),
			value: measured(fps, fps.toFixed(fps % 1 ? 1 : 0)),
			isUnknown: fps === 0,
			fault: fps > 0 && fps < fpsMin && t("studio.fpsLow")
		},
		{
			label: t("studio.gop"),
			value: measured(gopSeconds, t("studio.seconds", { value: gopSeconds.toFixed(1) })),
			isUnknown: gopSeconds === 0,
			fault: gopSeconds > gopSecondsMax && t("studio.gopLong")
		},
		{
			label: t("studio.size"),
			value: width && height ? `${width} × ${height}` : absent,
			isUnknown: !width || !height
		},
		{
			label: t("studio.video"),
			value: video ?? absent,
			isUnknown: video === undefined,
			fault: !isPlayable(video) && t("studio.codecWrong")
		},
		{
			label: t("studio.audio"),
			value: audio ?? absent,
			isUnknown: audio === undefined,
			fault: !isPlayable(audio) && t("studio.codecWrong")
		}
	];
}

function Row({ label, value, fault, isUnknown = false }: RowProps) {
	const { t } = useTranslation();
	return (
		<div>
			<Text component="dt" size="sm" c="dimmed">
				{label}
			</Text>
			<dd>
				<Group gap={6} wrap="nowrap">
					{fault && (
						<IconAlertTriangle size={16} color="var(--mantine-color-orange-6)" aria-hidden />
					)}
					{!fault && !isUnknown && (
						<IconCircleCheck
							size={16}
							color="var(--mantine-color-green-6)"
							aria-label={t("studio.good")}
						/>
					)}
					{value}
				</Group>
				{fault && <Text size="xs">{fault}</Text>}
			</dd>
		</div>
	);
}
