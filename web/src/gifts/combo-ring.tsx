import classes from "./gifts.module.css";

interface ComboRingProps {
	/** How long it runs. */
	readonly milliseconds: number;
}

/** The time that is left to go on with a combo; give it a new key to start it again. */
export function ComboRing({ milliseconds }: ComboRingProps) {
	return (
		<svg className={classes.ring} viewBox="0 0 40 40" aria-hidden="true">
			<circle cx="20" cy="20" r="18" className={classes.ringTrack} />
			<circle
				cx="20"
				cy="20"
				r="18"
				pathLength="100"
				className={classes.ringLeft}
				style={{ animationDuration: `${milliseconds}ms` }}
			/>
		</svg>
	);
}
