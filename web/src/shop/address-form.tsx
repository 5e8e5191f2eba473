import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { call } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";
import { countriesIn, homeOf } from "./countries.ts";
import type { Address } from "./use-addresses.ts";

interface AddressFormProps {
	/** Absent: the form makes a new one. */
	readonly address?: Address;
	readonly onSaved: (address: Address) => void;
	readonly cancel?: (() => void) | undefined;
}

export function AddressForm({ address, onSaved, cancel }: AddressFormProps) {
	const { t } = useTranslation();
	const client = useQueryClient();
	const form = useAddressForm(address);
	const save = useMutation({
		mutationFn: ({ line2, ...rest }: Values) => {
			const parts = { ...trimmed(rest), line2: line2.trim() || null };
			return address
				? call("addresses.update", { id: address.id, ...parts })
				: call("addresses.create", parts);
		},
		async onSuccess(saved) {
			await client.invalidateQueries({ queryKey: ["addresses"] });
			onSaved(saved);
		}
	});
	return (
		<form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
			<Stack gap="sm">
				<PersonFields form={form} />
				<PlaceFields form={form} />
				<FormError error={save.error} />
				<Group justify="flex-end">
					{cancel && (
						<Button variant="default" onClick={cancel}>
							{t("app.cancel")}
						</Button>
					)}
					<Button type="submit" loading={save.isPending}>
						{t("address.save")}
					</Button>
				</Group>
			</Stack>
		</form>
	);
}

interface Values {
	readonly name: string;
	readonly phone: string;
	readonly country: string;
	readonly city: string;
	readonly line1: string;
	readonly line2: string;
	readonly postalCode: string;
}

function trimmed<T extends Readonly<Record<string, string>>>(values: T): T {
	return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text.trim()])) as T;
}

function useAddressForm(address: Address | undefined) {
	const { t, i18n } = useTranslation();
	const required = (text: string) => (text.trim() ? null : t("address.required"));
	return useForm<Values>({
		initialValues: {
			name: address?.name ?? "",
			phone: address?.phone ?? "",
			country: address?.country ?? homeOf(i18n.language),
			city: address?.city ?? "",
			line1: address?.line1 ?? "",
			line2: address?.line2 ?? "",
			postalCode: address?.postalCode ?? ""
		},
		validate: {
			name: required,
			phone: (text) =>
				/^\+?[0-9][0-9 ()-]{3,30}$/.test(text.trim()) ? null : t("address.phoneForm"),
			city: required,
			line1: required,
			postalCode: (text) =>
				/^[A-Za-z0-9][A-Za-z0-9 -]*$/.test(text.trim()) ? null : t("address.postalForm")
		}
	});
}

interface FieldsProps {
	readonly form: ReturnType<typeof useAddressForm>;
}

function PersonFields({ form }: FieldsProps) {
	const { t } = useTranslation();
	return (
		<>
			<TextInput
				label={t("address.name")}
				autoComplete="name"
				maxLength={limits.addressNameCharactersMax}
				required
				{...form.getInputProps("name")}
			/>
			<TextInput
				label={t("address.phone")}
				type="tel"
				autoComplete="tel"
				maxLength={limits.addressPhoneCharactersMax}
				required
				{...form.getInputProps("phone")}
			/>
		</>
	);
}

function PlaceFields({ form }: FieldsProps) {
	const { t, i18n } = useTranslation();
	return (
		<>
			<NativeSelect
				label={t("address.country")}
				autoComplete="country"
				data={countriesIn(i18n.language)}
				{...form.getInputProps("country")}
			/>
			<Group grow align="flex-start">
				<TextInput
					label={t("address.city")}
					autoComplete="address-level2"
					maxLength={limits.addressCityCharactersMax}
					required
					{...form.getInputProps("city")}
				/>
				<TextInput
					label={t("address.postalCode")}
					autoComplete="postal-code"
					maxLength={limits.addressPostalCodeCharactersMax}
					required
					{...form.getInputProps("postalCode")}
				/>
			</Group>
			<LineFields form={form} />
		</>
	);
}

function LineFields({ form }: FieldsProps) {
	const { t } = useTranslation();
	return (["line1", "line2"] as const).map((name) => (
		<TextInput
			key={name}
			label={t(`address.${name}`)}
			autoComplete={name === "line1" ? "address-line1" : "address-line2"}
			maxLength={limits.addressLineCharactersMax}
			required={name === "line1"}
			{...form.getInputProps(name)}
		/>
	));
}
