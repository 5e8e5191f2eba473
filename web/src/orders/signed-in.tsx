import { Button } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { Empty } from "../shell/states.tsx";

/** Shows its children to users; to guests the way in. */
export function SignedIn({ children }: { children: ReactNode }) {
	const { t } = useTranslation();
	const openSignIn = useSignIn();
	if (useUserId() !== undefined) return children;
	return (
		<Empty icon={<IconReceipt />} title={t("order.signInFirst")} isPage>
			<Button onClick={openSignIn}>{t("account.signIn")}</Button>
		</Empty>
	);
}
