import { ActionIcon, Text } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { IconHeartFilled } from "@tabler/icons-react";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import classes from "./chat.module.css";
import type { RoomChatNow } from "./use-room-chat.ts";

interface LikeButtonProps {
	readonly now: RoomChatNow | undefined;
	/** What the room had when the page came. */
	readonly base: number;
	readonly isOpen: boolean;
}

const heartsMax = 12;
/** A storm of likes shows as a stream, not as a wall. */
const heartsPerTick = 4;

export function LikeButton({ now, base, isOpen }: LikeButtonProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const { hearts, add, remove } = useHearts();
	const { own, press } = useOwnLikes(now?.state.likes, now?.state.likesSeen ?? 0, add);
	const count = Math.max(now?.state.likes ?? 0, base) + own;
	const like = () => {
		if (userId === undefined) return openSignIn();
		now?.chat.like();
		press();
	};
	return (
		<div className={classes.like}>
			<ActionIcon
				size={44}
				radius="xl"
				variant="light"
				aria-label={t("chat.like", { count: format.number(count) })}
				disabled={!isOpen || now?.state.place !== "in"}
				onClick={like}
			>
				<IconHeartFilled size={22} />
			</ActionIcon>
			<Text size="xs" className={classes.likes ?? ""} aria-hidden>
				{format.number(count)}
			</Text>
			<div className={classes.hearts} aria-hidden>
				{hearts.map(({ id, drift }) => (
					<span
						key={id}
						className={classes.heart}
						style={{ "--drift": `${drift}px` } as CSSProperties}
						onAnimationEnd={() => remove(id)}
					>
						<IconHeartFilled size={22} />
					</span>
				))}
			</div>
		</div>
	);
}

/** Own presses count at once; the platform's next number has them. */
function useOwnLikes(likes: number | undefined, seen: number, add: (count: number) => void) {
	const [own, setOwn] = useState(0);
	const pressed = useRef(0);
	const before = useRef(seen);
	// biome-ignore lint/correctness/useExhaustiveDependencies: every number counts, also the same
	useEffect(() => {
		const ofOthers = seen - before.current - pressed.current;
		before.current = seen;
		pressed.current = 0;
		setOwn(0);
		if (ofOthers > 0) add(Math.min(ofOthers, heartsPerTick));
	}, [likes, seen, add]);
	return {
		own,
		press: () => {
			pressed.current += 1;
			setOwn((count) => count + 1);
			add(1);
		}
	};
}

interface Heart {
	readonly id: number;
	/** Sideways, in pixels. */
	readonly drift: number;
}

function useHearts() {
	const isCalm = useReducedMotion();
	const [hearts, setHearts] = useState<readonly Heart[]>([]);
	const next = useRef(0);
	const [actions] = useState(() => ({
		add(count: number) {
			const fresh = Array.from({ length: count }, () => {
				next.current += 1;
				return { id: next.current, drift: Math.round(Math.random() * 44 - 30) };
			});
			setHearts((before) => [...before, ...fresh].slice(-heartsMax));
		},
		remove: (id: number) => setHearts((before) => before.filter((heart) => heart.id !== id))
	}));
	return { hearts: isCalm ? [] : hearts, ...actions };
}
