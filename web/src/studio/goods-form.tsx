import { Button, Checkbox, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { decimalOf } from "../../../lib/money.ts";
import { call, submit } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";
import { Loading } from "../shell/states.tsx";
import {
	attributesOf,
	attributesText,
	type Product,
	priceOf,
	type SkuDraft,
	skuChanges,
	skuOf,
	wholeNumberOf
} from "./goods.ts";
import { useCurrency } from "./goods-currency.ts";
import { PicturesInput } from "./goods-pictures.tsx";
import { SkuFields } from "./goods-skus.tsx";
import { useStockChanges } from "./use-stock-changes.ts";

export interface ProductValues {
	title: string;
	description: string;
	/** Empty: none. */
	category: string;
	/** Files are not uploaded before the form is sent. */
	pictures: (File | string)[];
	draft: boolean;
	skus: SkuDraft[];
}

interface ProductFormProps {
	/** Absent: the form makes a new one. */
	readonly product?: Product;
	readonly onSaved: () => void;
}

export function ProductForm(props: ProductFormProps) {
	const currency = useCurrency();
	return currency === undefined ? <Loading /> : <Form {...props} currency={currency} />;
}

function Form({ product, onSaved, currency }: ProductFormProps & { readonly currency: string }) {
	const { t } = useTranslation();
	const form = useProductForm(product, currency);
	const save = useSave({ product, currency, onSaved });
	return (
		<form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
			<Stack>
				<TextInput
					label={t("goods.name")}
					maxLength={limits.productTitleCharactersMax}
					required
					data-autofocus
					{...form.getInputProps("title")}
				/>
				<Textarea
					label={t("goods.description")}
					maxLength={limits.productDescriptionCharactersMax}
					autosize
					minRows={2}
					maxRows={8}
					{...form.getInputProps("description")}
				/>
				<CategorySelect {...form.getInputProps("category")} isFixed={!!product?.category} />
				<PicturesInput
					value={form.values.pictures}
					onChange={(pictures) => form.setFieldValue("pictures", pictures)}
				/>
				<SkuFields form={form} currency={currency} />
				{!product && (
					<Checkbox
						label={t("goods.draft")}
						{...form.getInputProps("draft", { type: "checkbox" })}
					/>
				)}
				<FormError error={save.error} />
				<Button type="submit" loading={save.isPending}>
					{t("goods.save")}
				</Button>
			</Stack>
		</form>
	);
}

export type ProductFormState = ReturnType<typeof useProductForm>;

function useProductForm(product: Product | undefined, currency: string) {
	const { t } = useTranslation();
	const [kept] = useState(
		() => new Set(product?.skus.map(({ attributes }) => attributesText(attributes)))
	);
	return useForm<ProductValues>({
		initialValues: initial(product),
		validate: {
			title: (title) => (title.trim() ? null : t("goods.nameRequired")),
			skus: {
				attributes: (text) =>
					kept.has(text) || attributesOf(text) ? null : t("goods.attributesForm"),
				price: (text) => (priceOf(text, currency) ? null : t("goods.priceForm")),
				stock: (text) => (wholeNumberOf(text) === undefined ? t("goods.stockForm") : null)
			}
		}
	});
}

export const emptySku = (): SkuDraft => ({
	key: crypto.randomUUID?.() ?? String(Math.random()),
	attributes: "",
	price: "",
	stock: ""
});

const initial = (product: Product | undefined): ProductValues => ({
	title: product?.title ?? "",
	description: product?.description ?? "",
	category: product?.category ?? "",
	pictures: [...(product?.pictures ?? [])],
	draft: false,
	skus: product?.skus.map(({ id, attributes, price, stock }) => ({
		...{ key: id, id, attributes: attributesText(attributes) },
		...{ price: decimalOf(price), stock: String(stock) }
	})) ?? [emptySku()]
});

interface SaveOptions extends Pick<ProductFormProps, "onSaved"> {
	readonly product: Product | undefined;
	readonly currency: string;
}

function useSave({ product, currency, onSaved }: SaveOptions) {
	const client = useQueryClient();
	const changeStock = useStockChanges(product);
	return useMutation({
		mutationFn: async ({ category, draft, skus, ...values }: ProductValues) => {
			const pictures: string[] = [];
			for (const picture of values.pictures) {
				pictures.push(typeof picture === "string" ? picture : await upload(picture));
			}
			const { title, description } = values;
			const words = {
				title: title.trim(),
				description,
				pictures,
				...(category ? { category } : {})
			};
			if (!product) {
				const all = skus.map((sku) => skuOf(sku, currency));
				return call("products.create", { ...words, draft, skus: all });
			}
			const { id, version } = product;
			const changes = skuChanges(skus, product, currency);
			await changeStock(skus);
			return call("products.update", { id, version, ...words, skus: changes });
		},
		async onSuccess({ id }) {
			await client.invalidateQueries({ queryKey: ["products"] });
			void client.invalidateQueries({ queryKey: ["product", id] });
			void client.invalidateQueries({ queryKey: ["goods"] });
			onSaved();
		}
	});
}

async function upload(file: File): Promise<string> {
	const form = new FormData();
	form.set("file", file);
	return (await submit("files.upload", form)).url;
}

interface CategorySelectProps {
	/** One that is set can be changed, and not taken away. */
	readonly isFixed: boolean;
}

function CategorySelect({ isFixed, ...input }: CategorySelectProps) {
	const { t, i18n } = useTranslation();
	const { data } = useQuery({
		queryKey: ["categories"],
		queryFn: () => call("products.categories", {}),
		staleTime: 600_000
	});
	const nameOf = (names: { en: string; zh: string; ko: string }): string =>
		(names as Record<string, string>)[i18n.language] ?? names.en;
	return (
		<NativeSelect
			label={t("goods.category")}
			data={[
				...(isFixed ? [] : [{ value: "", label: t("goods.noCategory") }]),
				...(data?.items ?? []).map(({ slug, parent, names }) => ({
					value: slug,
					label: parent === null ? nameOf(names) : `– ${nameOf(names)}`
				}))
			]}
			{...input}
		/>
	);
}
