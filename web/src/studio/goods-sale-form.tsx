import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import type { Params } from "../api/client.ts";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { useKeyed } from "../orders/use-keyed.ts";
import { FormError } from "../shell/form-error.tsx";
import { type Good, labelOf } from "../shop/goods.ts";
import { nowBy, type ServerTime } from "../shop/server-time.ts";
import { priceOf, wholeNumberOf } from "./goods.ts";

interface SaleFormProps {
	readonly roomId: string;
	/** Never empty. */
	readonly goods: readonly Good[];
	readonly time: ServerTime;
	readonly onStarted: () => void;
}

interface Values {
	readonly skuId: string;
	readonly price: string;
	readonly units: string;
	readonly limit: string;
	/** Counted from now, by the platform's clock. */
	readonly startsInSeconds: string;
	readonly minutes: string;
}

export function SaleForm({ roomId, goods, time, onStarted }: SaleFormProps) {
	const { t } = useTranslation();
	const form = useSaleForm(goods);
	const start = useStart(onStarted);
	const good = goods.find(({ skuId }) => skuId === form.values.skuId) ?? goods[0];
	if (!good) return null;
	const { currency } = good.listPrice;
	return (
		<form
			noValidate
			onSubmit={form.onSubmit((values) => {
				const now = nowBy(time, performance.now());
				// Without an answer, pressing again asks about the same sale, at the same time.
				const open = start.isOpen ? start.variables : undefined;
				start.mutate(open ?? paramsOf(values, { roomId, currency, now }));
			})}
		>
			<Stack gap="sm">
				<Fields form={form} goods={goods} good={good} />
				<FormError error={start.error} />
				<Button type="submit" loading={start.isPending}>
					{t("goods.saleGo")}
				</Button>
			</Stack>
		</form>
	);
}

interface FieldsProps extends Pick<SaleFormProps, "goods"> {
	readonly form: ReturnType<typeof useSaleForm>;
	/** The one that is chosen. */
	readonly good: Good;
}

function Fields({ form, goods, good }: FieldsProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const { currency } = good.listPrice;
	return (
		<>
			<NativeSelect
				label={t("goods.saleGood")}
				data={goods.map((one) => ({
					value: one.skuId,
					label: [one.title, labelOf(one)].filter(Boolean).join(" · ")
				}))}
				{...form.getInputProps("skuId")}
			/>
			<Group grow align="flex-start">
				<TextInput
					label={t("goods.salePrice", { currency })}
					description={format.money(good.price)}
					inputMode="decimal"
					required
					{...form.getInputProps("price")}
				/>
				<TextInput
					label={t("goods.saleUnits")}
					description={t("goods.saleUnitsHint", { count: format.exact(good.stock) })}
					inputMode="numeric"
					required
					{...form.getInputProps("units")}
				/>
			</Group>
			<Group grow align="flex-start">
				{(["limit", "startsInSeconds", "minutes"] as const).map((name) => (
					<TextInput
						key={name}
						label={t(labels[name])}
						inputMode="numeric"
						required
						{...form.getInputProps(name)}
					/>
				))}
			</Group>
		</>
	);
}

const labels = {
	limit: "goods.saleLimit",
	startsInSeconds: "goods.saleStartsIn",
	minutes: "goods.saleMinutes"
} as const;

function useSaleForm(goods: readonly Good[]) {
	const { t } = useTranslation();
	const atLeastOne = (text: string) =>
		(wholeNumberOf(text) ?? 0) >= 1 ? null : t("goods.saleUnitsForm");
	const currency = goods[0]?.listPrice.currency ?? "USD";
	return useForm<Values>({
		initialValues: {
			skuId: goods[0]?.skuId ?? "",
			...{ price: "", units: "", limit: "1", startsInSeconds: "10", minutes: "5" }
		},
		validate: {
			price: (text) => (priceOf(text, currency) ? null : t("goods.priceForm")),
			units: atLeastOne,
			limit: (text) =>
				atLeastOne(text) ??
				((wholeNumberOf(text) ?? 0) > limits.flashSaleUnitsPerUserMax
					? t("goods.saleUnitsForm")
					: null),
			startsInSeconds: (text) =>
				wholeNumberOf(text) === undefined ? t("goods.saleSoonForm") : null,
			minutes: atLeastOne
		}
	});
}

interface Around {
	readonly roomId: string;
	readonly currency: string;
	/** The platform's time. */
	readonly now: number;
}

function paramsOf(values: Values, { roomId: id, currency, now }: Around): StartParams {
	const number = (text: string) => wholeNumberOf(text) ?? 0;
	const startsAt = now + number(values.startsInSeconds) * 1_000;
	return {
		id,
		skuId: values.skuId,
		price: priceOf(values.price, currency) ?? { amount: 1, currency },
		stock: number(values.units),
		limitPerUser: number(values.limit),
		startsAt: new Date(startsAt).toISOString(),
		endsAt: new Date(startsAt + number(values.minutes) * 60_000).toISOString()
	};
}

type StartParams = Params<"flash-sales.create">;

function useStart(onStarted: () => void) {
	const client = useQueryClient();
	return useKeyed({
		send: (params: StartParams, key) => call("flash-sales.create", params, key),
		onSuccess: onStarted,
		onSettled() {
			void client.invalidateQueries({ queryKey: ["sales"] });
			void client.invalidateQueries({ queryKey: ["goods"] });
		}
	});
}
