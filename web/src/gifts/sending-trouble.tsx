import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ApiError } from "../api/http.ts";
import { errorText } from "../i18n/error-text.ts";
import { rememberShow } from "../wallet/way-back.ts";
import type { SendingNow } from "./use-gift-sending.ts";

interface SendingTroubleProps {
	readonly roomId: string;
	readonly now: SendingNow;
}

/** Why a gift was not sent, and what can be done about it. */
export function SendingTrouble({ roomId, now: { sending, state } }: SendingTroubleProps) {
	const { t } = useTranslation();
	const { error, unanswered } = state;
	if (!error) return null;
	const isPoor = error instanceof ApiError && error.code === "INSUFFICIENT_BALANCE";
	return (
		<Alert color={unanswered ? "yellow" : "red"} variant="light" role="alert" py="xs">
			<Group justify="space-between" gap="xs">
				<Text size="sm">
					{isPoor && t("gifts.tooFew")}
					{unanswered && t("gifts.unanswered")}
					{!isPoor && !unanswered && errorText(t, error)}
				</Text>
				{isPoor && (
					<Button component={Link} to="/wallet" size="xs" onClick={() => rememberShow(roomId)}>
						{t("gifts.recharge")}
					</Button>
				)}
				{unanswered && (
					<Button size="xs" variant="default" onClick={() => sending.askAgain()}>
						{t("gifts.askAgain")}
					</Button>
				)}
			</Group>
		</Alert>
	);
}
