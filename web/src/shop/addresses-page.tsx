import { ActionIcon, Badge, Button, Group, Modal, Paper, Stack, Title } from "@mantine/core";
import { IconMapPin, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { AddressWords } from "../orders/order-address.tsx";
import { SignedIn } from "../orders/signed-in.tsx";
import { FormError } from "../shell/form-error.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { Confirm } from "../studio/confirm.tsx";
import { AddressForm } from "./address-form.tsx";
import classes from "./shop.module.css";
import { type Address, useAddressChanges, useAddresses } from "./use-addresses.ts";

/** Where one has things sent: all of one's addresses, and which is the default. */
export function AddressesPage() {
	const { t } = useTranslation();
	usePageTitle(t("address.yours"));
	return (
		<SignedIn>
			<Stack maw={640} mx="auto">
				<OwnAddresses />
			</Stack>
		</SignedIn>
	);
}

function OwnAddresses() {
	const { t } = useTranslation();
	const { data, error, refetch } = useAddresses();
	const [edits, setEdits] = useState<Address | "new">();
	const close = () => setEdits(undefined);
	return (
		<>
			<Group justify="space-between">
				<Title order={1} size="h2">
					{t("address.yours")}
				</Title>
				<Button
					leftSection={<IconPlus size={18} aria-hidden />}
					disabled={!data || data.length >= limits.addressesPerUserMax}
					onClick={() => setEdits("new")}
				>
					{t("address.add")}
				</Button>
			</Group>
			{data && <AddressList addresses={data} edit={setEdits} />}
			{!data && (error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />)}
			<Modal
				opened={edits !== undefined}
				onClose={close}
				title={edits === "new" ? t("address.add") : t("address.change")}
				closeButtonProps={{ "aria-label": t("app.close") }}
			>
				{edits && (
					<AddressForm
						{...(edits === "new" ? {} : { address: edits })}
						cancel={close}
						onSaved={close}
					/>
				)}
			</Modal>
		</>
	);
}

interface AddressListProps {
	readonly addresses: readonly Address[];
	readonly edit: (address: Address) => void;
}

function AddressList({ addresses, edit }: AddressListProps) {
	const { t } = useTranslation();
	const { remove, makeDefault } = useAddressChanges();
	const [asked, setAsked] = useState<Address>();
	if (addresses.length === 0) {
		return <Empty icon={<IconMapPin />} title={t("address.none")} text={t("address.noneText")} />;
	}
	return (
		<>
			<FormError error={remove.error ?? makeDefault.error} />
			<ul className={classes.cards}>
				{addresses.map((address) => (
					<li key={address.id}>
						<AddressCard
							address={address}
							edit={() => edit(address)}
							remove={() => setAsked(address)}
							makeDefault={() => makeDefault.mutate(address.id)}
							isBusy={makeDefault.isPending || remove.isPending}
						/>
					</li>
				))}
			</ul>
			<Confirm
				opened={asked !== undefined}
				title={t("address.removeTitle")}
				text={t("address.removeText")}
				action={t("address.remove")}
				onCancel={() => setAsked(undefined)}
				onConfirm={() => {
					if (asked) remove.mutate(asked.id);
					setAsked(undefined);
				}}
			/>
		</>
	);
}

interface AddressCardProps {
	readonly address: Address;
	readonly edit: () => void;
	readonly remove: () => void;
	readonly makeDefault: () => void;
	readonly isBusy: boolean;
}

function AddressCard({ address, edit, remove, makeDefault, isBusy }: AddressCardProps) {
	const { t } = useTranslation();
	const { name, isDefault } = address;
	return (
		<Paper withBorder p="md">
			<AddressWords address={address} />
			<Group justify="space-between" mt="xs">
				{isDefault ? (
					<Badge color="teal.9">{t("address.isDefault")}</Badge>
				) : (
					<Button variant="default" size="sm" disabled={isBusy} onClick={makeDefault}>
						{t("address.makeDefault")}
					</Button>
				)}
				<Group gap={0} wrap="nowrap">
					<ActionIcon
						variant="subtle"
						size={44}
						aria-label={t("address.editOf", { name })}
						onClick={edit}
					>
						<IconPencil size={20} />
					</ActionIcon>
					<ActionIcon
						variant="subtle"
						color="red"
						size={44}
						disabled={isBusy}
						aria-label={t("address.removeOf", { name })}
						onClick={remove}
					>
						<IconTrash size={20} />
					</ActionIcon>
				</Group>
			</Group>
		</Paper>
	);
}
