import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { Header } from "./header.tsx";
import classes from "./shell.module.css";

/** What stands around every page. */
export function Shell({ children }: { children: ReactNode }) {
	const { t } = useTranslation();
	const main = useRef<HTMLElement>(null);
	useTopOfNewPage(main);
	return (
		<>
			<a className={classes.skip} href="#main">
				{t("app.skip")}
			</a>
			<Header />
			<main id="main" ref={main} className={classes.main} tabIndex={-1}>
				{children}
			</main>
		</>
	);
}

/** Following a link starts at the top, also for those who hear the page. */
function useTopOfNewPage(main: RefObject<HTMLElement | null>): void {
	const { pathname } = useLocation();
	const before = useRef(pathname);
	useEffect(() => {
		if (before.current === pathname) return;
		before.current = pathname;
		window.scrollTo(0, 0);
		main.current?.focus({ preventScroll: true });
	}, [pathname, main]);
}
