import { useEffect, useState } from "react";

/** Whole seconds until a moment of `Date.now()`, counting down; 0 once it is over. */
export function useSecondsLeft(until: number | undefined): number {
	const [now, setNow] = useState(Date.now);
	const isOver = until === undefined || until <= now;
	useEffect(() => {
		setNow(Date.now());
		if (until === undefined || until <= Date.now()) return;
		const timer = setInterval(() => {
			setNow(Date.now());
			if (Date.now() >= until) clearInterval(timer);
		}, 250);
		return () => clearInterval(timer);
	}, [until]);
	return isOver ? 0 : Math.ceil((until - now) / 1_000);
}
