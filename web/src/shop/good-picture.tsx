import { IconPhoto } from "@tabler/icons-react";
import { Picture } from "../shell/picture.tsx";
import classes from "./shop.module.css";

interface GoodPictureProps {
	readonly url: string | null;
	/** Pixels of a side. */
	readonly size: number;
}

/** The words stand beside it, so it says nothing of its own. */
export function GoodPicture({ url, size }: GoodPictureProps) {
	const style = { width: size, height: size };
	const nothing = (
		<span className={classes.picture} style={style} aria-hidden>
			<IconPhoto size={size / 2} stroke={1.25} />
		</span>
	);
	return <Picture className={classes.picture} style={style} url={url} alt="" instead={nothing} />;
}
