import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";
import { AddressChoice } from "../shop/address-choice.tsx";
import { countryName } from "../shop/countries.ts";
import classes from "../shop/shop.module.css";
import { useAddresses } from "../shop/use-addresses.ts";
import type { Order } from "./use-orders.ts";

/** Where it goes; asked for while nobody has said so, and changed until it is sent. */
export function OrderAddress({ order }: { order: Order }) {
	const { t } = useTranslation();
	const [changes, { open, close }] = useDisclosure(false);
	const canChange = order.status === "unpaid" || order.status === "paid";
	if (canChange && (changes || !order.address)) {
		return <Ask order={order} {...(order.address ? { close } : {})} />;
	}
	if (!order.address) return null;
	return (
		<Paper withBorder p="md">
			<Group justify="space-between" mb={4}>
				<Text fw={600}>{t("order.sentTo")}</Text>
				{canChange && (
					<Button variant="subtle" size="compact-sm" onClick={open}>
						{t("order.changeAddress")}
					</Button>
				)}
			</Group>
			<AddressWords address={order.address} />
		</Paper>
	);
}

export function AddressWords({ address }: { address: NonNullable<Order["address"]> }) {
	const { i18n } = useTranslation();
	const { name, phone, line1, line2, postalCode, city, country } = address;
	return (
		<div className={classes.words}>
			<Text size="sm">
				<bdi>{name}</bdi> · <bdi>{phone}</bdi>
			</Text>
			<Text size="sm" c="dimmed">
				<bdi>{[line1, line2, city, postalCode].filter(Boolean).join(", ")}</bdi>,{" "}
				{countryName(country, i18n.language)}
			</Text>
		</div>
	);
}

interface AskProps {
	readonly order: Order;
	/** Absent while there is no address to fall back on. */
	readonly close?: () => void;
}

function Ask({ order: { id, buyerId, address }, close }: AskProps) {
	const { t } = useTranslation();
	const client = useQueryClient();
	const addresses = useAddresses();
	const [chosen, setChosen] = useState<string>();
	const addressId = chosen ?? addresses.data?.[0]?.id;
	const set = useMutation({
		mutationFn: (addressId: string) => call("orders.setAddress", { id, addressId }),
		onSuccess(order) {
			client.setQueryData(["order", id, buyerId], order);
			close?.();
		},
		onSettled: () => client.invalidateQueries({ queryKey: ["order"] })
	});
	return (
		<Paper withBorder p="md">
			<Stack gap="sm">
				{!address && (
					<div role="status">
						<Text fw={600}>{t("order.whereTo")}</Text>
						<Text size="sm">{t("order.whereToText")}</Text>
					</div>
				)}
				<AddressChoice value={addressId} onChange={setChosen} />
				<FormError error={set.error} />
				<Group justify="flex-end">
					{close && (
						<Button variant="default" onClick={close}>
							{t("app.cancel")}
						</Button>
					)}
					{addressId !== undefined && (
						<Button loading={set.isPending} onClick={() => set.mutate(addressId)}>
							{t("order.sendThere")}
						</Button>
					)}
				</Group>
			</Stack>
		</Paper>
	);
}
