import { useEffect } from "react";

const siteTitle = document.title;

/** Names the page in the one title of the document; a second element would be ignored. */
export function usePageTitle(title: string | undefined): void {
	useEffect(() => {
		if (title === undefined) return;
		document.title = title;
		return () => {
			document.title = siteTitle;
		};
	}, [title]);
}
