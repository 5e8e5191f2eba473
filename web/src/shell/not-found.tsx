import { Button } from "@mantine/core";
import { IconCompassOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Empty } from "./states.tsx";

export function NotFound({ title }: { title?: string }) {
	const { t } = useTranslation();
	return (
		<Empty
			icon={<IconCompassOff />}
			title={title ?? t("app.notFoundTitle")}
			text={t("app.notFoundText")}
		>
			<Button component={Link} to="/" variant="light">
				{t("app.home")}
			</Button>
		</Empty>
	);
}
