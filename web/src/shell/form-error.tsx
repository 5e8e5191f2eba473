import { Alert } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { errorText } from "../i18n/error-text.ts";

/** Why the platform refused a form; nothing while there is no error. */
export function FormError({ error }: { error: unknown }) {
	const { t } = useTranslation();
	if (!error) return null;
	return (
		<Alert color="red" variant="light" role="alert" py="xs">
			{errorText(t, error)}
		</Alert>
	);
}
