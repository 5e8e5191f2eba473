import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "./states.tsx";

/** Shows a way out when a component throws; React knows this for classes only. */
export class Crash extends Component<{ children: ReactNode }, { crashed: boolean }> {
	override state = { crashed: false };

	static getDerivedStateFromError() {
		return { crashed: true };
	}

	override render() {
		return this.state.crashed ? <Crashed /> : this.props.children;
	}
}

function Crashed() {
	const { t } = useTranslation();
	return (
		<Empty
			icon={<IconAlertTriangle />}
			title={t("app.crashTitle")}
			text={t("app.crashText")}
			isPage
		>
			<Button onClick={() => location.reload()}>{t("app.reload")}</Button>
		</Empty>
	);
}
