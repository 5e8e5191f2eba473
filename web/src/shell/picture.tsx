import { type ComponentProps, type ReactNode, useState } from "react";

interface PictureProps extends Omit<ComponentProps<"img">, "src"> {
	readonly url: string | null;
	/** Stands in its place while there is none, or when it cannot be shown. */
	readonly instead: ReactNode;
}

export function Picture({ url, instead, alt, ...rest }: PictureProps) {
	const [broken, setBroken] = useState<string>();
	if (url === null || url === broken) return instead;
	return <img {...rest} src={url} alt={alt} loading="lazy" onError={() => setBroken(url)} />;
}
