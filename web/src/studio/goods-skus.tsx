import { ActionIcon, Button, Fieldset, Group, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { emptySku, type ProductFormState } from "./goods-form.tsx";

interface SkuFieldsProps {
	readonly form: ProductFormState;
	readonly currency: string;
}

/** The variants of a product: attributes, price and stock of each. */
export function SkuFields({ form, currency }: SkuFieldsProps) {
	const { t } = useTranslation();
	const { skus } = form.values;
	return (
		<Stack gap="sm">
			{skus.map(({ key }, index) => (
				<SkuRow key={key} {...{ form, currency, index }} canGo={skus.length > 1} />
			))}
			<Button
				variant="light"
				leftSection={<IconPlus size={18} aria-hidden />}
				disabled={skus.length >= limits.skusPerProductMax}
				onClick={() => form.insertListItem("skus", emptySku())}
			>
				{t("goods.addVariant")}
			</Button>
		</Stack>
	);
}

interface SkuRowProps extends SkuFieldsProps {
	readonly index: number;
	readonly canGo: boolean;
}

function SkuRow({ form, currency, index, canGo }: SkuRowProps) {
	const { t } = useTranslation();
	const number = index + 1;
	return (
		<Fieldset legend={t("goods.variant", { number })} p="sm">
			<Stack gap="xs">
				<TextInput
					label={t("goods.attributes")}
					description={index === 0 && t("goods.attributesHint")}
					{...form.getInputProps(`skus.${index}.attributes`)}
				/>
				<Group wrap="nowrap" align="flex-start">
					<TextInput
						label={t("goods.price", { currency })}
						inputMode="decimal"
						required
						flex={1}
						{...form.getInputProps(`skus.${index}.price`)}
					/>
					<TextInput
						label={t("goods.stock")}
						inputMode="numeric"
						required
						flex={1}
						{...form.getInputProps(`skus.${index}.stock`)}
					/>
					{canGo && (
						<ActionIcon
							size={36}
							mt={25}
							variant="subtle"
							color="gray"
							aria-label={t("goods.removeVariant", { number })}
							onClick={() => form.removeListItem("skus", index)}
						>
							<IconTrash size={20} />
						</ActionIcon>
					)}
				</Group>
			</Stack>
		</Fieldset>
	);
}
