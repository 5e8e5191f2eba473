import { Button } from "@mantine/core";
import { IconUserStar, IconVideoPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe, useSignIn } from "../account/account-provider.tsx";
import { call, useUserId } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";
import { Empty, LoadFailed, PageLoading } from "../shell/states.tsx";

/** Shows its children to hosts; to others the way to become one. */
export function HostOnly({ children }: { children: ReactNode }) {
	const { t } = useTranslation();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const { data: me, error, refetch } = useMe();
	if (userId === undefined) {
		return (
			<Empty
				icon={<IconVideoPlus />}
				title={t("studio.signInFirst")}
				text={t("studio.lead")}
				isPage
			>
				<Button onClick={openSignIn}>{t("account.signIn")}</Button>
			</Empty>
		);
	}
	if (!me)
		return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <PageLoading />;
	return me.tags.includes("host") ? children : <BecomeHost />;
}

function BecomeHost() {
	const { t } = useTranslation();
	const client = useQueryClient();
	const become = useMutation({
		mutationFn: () => call("users.becomeHost", {}),
		onSuccess: (me) => client.setQueryData(["me", me.id], me)
	});
	return (
		<Empty
			icon={<IconUserStar />}
			title={t("studio.becomeTitle")}
			text={t("studio.becomeText")}
			isPage
		>
			<Button loading={become.isPending} onClick={() => become.mutate()}>
				{t("studio.become")}
			</Button>
			<FormError error={become.error} />
		</Empty>
	);
}
