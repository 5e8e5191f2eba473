import { Button } from "@mantine/core";
import { IconCompassOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Empty } from "./states.tsx";
import { usePageTitle } from "./use-page-title.ts";

interface NotFoundProps {
	/** What there is not; a page unless told. */
	readonly title?: string;
	/** Below the heading of a page that is there. */
	readonly isPart?: boolean;
}

export function NotFound({ title, isPart = false }: NotFoundProps) {
	const { t } = useTranslation();
	const words = title ?? t("app.notFoundTitle");
	usePageTitle(words);
	return (
		<Empty icon={<IconCompassOff />} title={words} text={t("app.notFoundText")} isPage={!isPart}>
			<Button component={Link} to="/" variant="light">
				{t("app.home")}
			</Button>
		</Empty>
	);
}
