import { Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ApiError } from "../api/http.ts";
import { BackLink } from "../shell/back-link.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { OrderView } from "./order-view.tsx";
import { SignedIn } from "./signed-in.tsx";
import { useOrder } from "./use-orders.ts";

export function OrderPage() {
	const { id = "" } = useParams();
	const { t } = useTranslation();
	usePageTitle(t("order.title"));
	return (
		<SignedIn>
			<Stack maw={640} mx="auto">
				<BackLink to="/orders">{t("order.all")}</BackLink>
				<Title order={1} size="h2">
					{t("order.title")}
				</Title>
				<OneOrder id={id} />
			</Stack>
		</SignedIn>
	);
}

/** Followed while it changes. */
export function OneOrder({ id, staysHere = false }: { id: string; staysHere?: boolean }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useOrder(id);
	if (data) return <OrderView order={data} staysHere={staysHere} />;
	const isAbsent = error instanceof ApiError && [404, 422].includes(error.status);
	if (isAbsent) return <NotFound title={t("order.absent")} isPart />;
	return error ? (
		<LoadFailed error={error} retry={() => void refetch()} />
	) : (
		<Loading rows={2} height={150} />
	);
}
