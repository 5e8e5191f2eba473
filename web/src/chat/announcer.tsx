import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Lines } from "./lines.ts";
import { textOf } from "./room-events.ts";

/** Who listens to the page wants to follow the show too. */
const pauseMilliseconds = 4_000;
const linesMax = 2;

/** Reads out the newest lines of others, now and then. */
export function Announcer({ lines }: { lines: Lines }) {
	const [words, setWords] = useState("");
	const newest = useRef(lines);
	newest.current = lines;
	useEffect(() => {
		let told = newest.current.arrived;
		const timer = setInterval(() => {
			const { entries, arrived, userId } = newest.current;
			const fresh = Math.min(arrived - told, linesMax);
			told = arrived;
			if (fresh <= 0) return;
			const texts = entries.slice(-fresh).map((entry) => {
				if (entry.type === "gap" || entry.line.kind !== "chat") return "";
				const { from } = entry.line;
				return from?.id === userId ? "" : `${from?.nickname}: ${textOf(entry.line)}`;
			});
			if (texts.some((text) => text !== "")) setWords(texts.filter(Boolean).join(". "));
		}, pauseMilliseconds);
		return () => clearInterval(timer);
	}, []);
	return (
		<VisuallyHidden aria-live="polite">
			<bdi>{words}</bdi>
		</VisuallyHidden>
	);
}
