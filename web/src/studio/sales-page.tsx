import { Button, Group, Modal, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconReceipt } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { type Order, type OrderStatus, orderStatuses } from "../orders/use-orders.ts";
import { BackLink } from "../shell/back-link.tsx";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { HostOnly } from "./host-only.tsx";
import { ShipForm } from "./ship-form.tsx";
import { SoldOrder } from "./sold-order.tsx";
import { type SoldFilter, useSold, useSoldCounts } from "./use-sold.ts";

/** What a seller has sold, with what is to be sent first; `?sale=` and `?room=` narrow it down. */
export function SalesPage() {
	const { t } = useTranslation();
	usePageTitle(t("goods.sold"));
	return (
		<HostOnly>
			<Stack maw={640} mx="auto">
				<BackLink to="/studio">{t("studio.yourShows")}</BackLink>
				<Title order={1} size="h2">
					{t("goods.sold")}
				</Title>
				<Sold />
			</Stack>
		</HostOnly>
	);
}

function Sold() {
	const { t } = useTranslation();
	const [query] = useSearchParams();
	const flashSaleId = query.get("sale") ?? undefined;
	const roomId = query.get("room") ?? undefined;
	const isNarrow = flashSaleId !== undefined || roomId !== undefined;
	const [status, setStatus] = useState<OrderStatus | "">(isNarrow ? "" : "paid");
	return (
		<>
			{isNarrow && (
				<Group justify="space-between">
					<Text>{flashSaleId ? t("goods.soldOfSale") : t("goods.soldOfRoom")}</Text>
					<Button component={Link} to="/studio/orders" variant="default" size="sm">
						{t("goods.soldAll")}
					</Button>
				</Group>
			)}
			<StatusChoice value={status} onChange={setStatus} {...{ flashSaleId, roomId }} />
			<SoldList filter={{ status, flashSaleId, roomId }} />
		</>
	);
}

interface StatusChoiceProps extends Omit<SoldFilter, "status"> {
	readonly value: OrderStatus | "";
	readonly onChange: (status: OrderStatus | "") => void;
}

/** With the number of each; of a room they are not counted. */
function StatusChoice({ value, onChange, flashSaleId, roomId }: StatusChoiceProps) {
	const { t } = useTranslation();
	const { data: counts } = useSoldCounts(flashSaleId);
	const label = (status: OrderStatus) => {
		const word = status === "paid" ? t("goods.toShip") : t(`order.status.${status}`);
		return counts && roomId === undefined ? `${word} (${counts[status]})` : word;
	};
	return (
		<NativeSelect
			aria-label={t("order.show")}
			value={value}
			data={[
				...orderStatuses.map((status) => ({ value: status, label: label(status) })),
				{ value: "", label: t("order.everything") }
			]}
			onChange={({ currentTarget }) => onChange(currentTarget.value as OrderStatus | "")}
		/>
	);
}

function SoldList({ filter }: { filter: SoldFilter }) {
	const { t } = useTranslation();
	const [ships, setShips] = useState<Order>();
	const query = useSold(filter);
	const { data, error, refetch } = query;
	if (!data) return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
	const orders = data.pages.flatMap(({ items }) => items);
	const close = () => setShips(undefined);
	if (orders.length === 0) {
		const title = filter.status === "paid" ? t("goods.soldNoneToShip") : t("goods.ordersNone");
		return <Empty icon={<IconReceipt />} title={title} />;
	}
	return (
		<>
			{orders.map((order) => (
				<SoldOrder key={order.id} order={order} ship={() => setShips(order)} />
			))}
			<MoreButton pages={query} />
			<Modal
				opened={ships !== undefined}
				onClose={close}
				title={ships && t("order.number", { number: ships.number })}
				closeButtonProps={{ "aria-label": t("app.close") }}
			>
				{ships && (
					<ShipForm
						order={ships}
						cancel={close}
						onShipped={() => {
							notifications.show({ color: "green", message: t("goods.shipped") });
							close();
						}}
					/>
				)}
			</Modal>
		</>
	);
}
