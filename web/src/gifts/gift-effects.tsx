import { VisuallyHidden } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { type CSSProperties, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import { type Banner, type Summary, summaryOf } from "./effects.ts";
import type { GivenGift } from "./gift.ts";
import { GiftIcon } from "./gift-icon.tsx";
import classes from "./gifts.module.css";
import { onGift, useGiftEffects } from "./use-gift-effects.ts";
import { useGiftName } from "./use-gifts.ts";

/** Gifts over the picture. Who wants less motion sees the banners alone. */
export function GiftEffects({ roomId }: { roomId: string }) {
	const { banners, large } = useGiftEffects(roomId);
	const isCalm = useReducedMotion();
	return (
		<div className={classes.effects}>
			<div aria-hidden>
				{large && !isCalm && <LargeEffect key={large.key} given={large} />}
				<div className={classes.banners}>
					{banners.map((banner) => (
						<GiftBanner key={banner.key} banner={banner} />
					))}
				</div>
			</div>
			<Announcer roomId={roomId} />
		</div>
	);
}

function GiftBanner({ banner }: { banner: Banner }) {
	const format = useFormat();
	const nameOf = useGiftName();
	const { sender, gift, combo, isOwn } = banner;
	return (
		<div className={classes.banner} data-own={isOwn} data-gift={gift.id}>
			<span className={classes.bannerIcon}>
				<GiftIcon icon={gift.icon} />
			</span>
			<span className={classes.bannerWords}>
				<bdi className={classes.bannerName}>{sender.nickname}</bdi>
				<span className={classes.bannerGift}>{nameOf(gift)}</span>
			</span>
			{/* Each count is a new element, so that it jumps. */}
			<span key={combo} className={classes.bannerCombo}>
				× {format.exact(combo)}
			</span>
		</div>
	);
}

const particles = Array.from({ length: 16 }, (_, index) => index);

function LargeEffect({ given: { gift } }: { given: GivenGift }) {
	return (
		<div className={classes.large} data-effect={gift.effect}>
			<span className={classes.largeIcon}>
				<GiftIcon icon={gift.icon} />
			</span>
			{particles.map((index) => (
				<span
					key={index}
					className={classes.particle}
					style={
						{
							"--turn": `${(index * 360) / particles.length}deg`,
							"--place": `${((index * 7) % particles.length) * 6.25}%`,
							"--wait": `${(index % 5) * 120}ms`
						} as CSSProperties
					}
				>
					<GiftIcon icon={gift.effect === "fireworks" ? "✨" : gift.icon} />
				</span>
			))}
		</div>
	);
}

/** Who listens to the page wants to follow the show too. */
const pauseMilliseconds = 5_000;

/** Tells of the gifts of the last seconds in one sentence. */
function Announcer({ roomId }: { roomId: string }) {
	const { t } = useTranslation();
	const format = useFormat();
	const nameOf = useGiftName();
	const [summary, setSummary] = useState<Summary>();
	useEffect(() => {
		let fresh: GivenGift[] = [];
		let timer: ReturnType<typeof setTimeout> | undefined;
		const tell = () => {
			timer = undefined;
			if (fresh.length === 0) return;
			setSummary(summaryOf(fresh));
			fresh = [];
			timer = setTimeout(tell, pauseMilliseconds);
		};
		const end = onGift(roomId, (given) => {
			fresh.push(given);
			// The first ones of a combo go together.
			timer ??= setTimeout(tell, 1_000);
		});
		return () => {
			end();
			clearTimeout(timer);
		};
	}, [roomId]);
	const { dearest, others = 0 } = summary ?? {};
	const words = dearest && {
		name: dearest.sender.nickname,
		gift: nameOf(dearest.gift),
		count: format.exact(dearest.combo)
	};
	return (
		<VisuallyHidden aria-live="polite">
			<bdi>
				{words && t("gifts.sent", words)}
				{others > 0 && `. ${t("gifts.more", { count: others })}`}
			</bdi>
		</VisuallyHidden>
	);
}
