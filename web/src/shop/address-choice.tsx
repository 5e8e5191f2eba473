import { ActionIcon, Button, Group, Paper, Radio, Stack, Text } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LoadFailed, Loading } from "../shell/states.tsx";
import { AddressForm } from "./address-form.tsx";
import { countryName } from "./countries.ts";
import { type Address, useAddresses } from "./use-addresses.ts";

interface AddressChoiceProps {
	readonly value: string | undefined;
	readonly onChange: (addressId: string) => void;
}

/** Where to send it: one of one's addresses, or a new one. */
export function AddressChoice({ value, onChange }: AddressChoiceProps) {
	const { t } = useTranslation();
	const { data, error, refetch } = useAddresses();
	const [edits, setEdits] = useState<Address | "new">();
	if (!data) return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
	if (edits !== undefined || data.length === 0) {
		return (
			<Paper withBorder p="md">
				<Text fw={600} mb="xs">
					{t("address.title")}
				</Text>
				<AddressForm
					{...(typeof edits === "object" ? { address: edits } : {})}
					cancel={data.length > 0 ? () => setEdits(undefined) : undefined}
					onSaved={({ id }) => {
						setEdits(undefined);
						onChange(id);
					}}
				/>
			</Paper>
		);
	}
	return (
		<Radio.Group label={t("address.title")} value={value ?? ""} onChange={onChange}>
			<Stack gap="xs" mt="xs">
				{data.map((address) => (
					<AddressRow key={address.id} address={address} edit={() => setEdits(address)} />
				))}
				<Button
					variant="subtle"
					leftSection={<IconPlus size={18} aria-hidden />}
					onClick={() => setEdits("new")}
				>
					{t("address.another")}
				</Button>
			</Stack>
		</Radio.Group>
	);
}

function AddressRow({ address, edit }: { address: Address; edit: () => void }) {
	const { t, i18n } = useTranslation();
	const { id, name, phone, line1, line2, city, postalCode, country } = address;
	return (
		<Group wrap="nowrap" justify="space-between" align="flex-start">
			<Radio
				value={id}
				label={<bdi>{`${name}, ${phone}`}</bdi>}
				description={
					<bdi>
						{[line1, line2, city, postalCode, countryName(country, i18n.language)]
							.filter(Boolean)
							.join(", ")}
					</bdi>
				}
			/>
			<ActionIcon
				variant="subtle"
				size={44}
				aria-label={t("address.editOf", { name })}
				onClick={edit}
			>
				<IconPencil size={20} />
			</ActionIcon>
		</Group>
	);
}
