import { Chip, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { axesOf, chosen, isInStock, type Variant, valueOn } from "./goods.ts";
import classes from "./shop.module.css";

interface VariantChoiceProps<T extends Variant> {
	readonly variants: readonly [T, ...T[]];
	readonly value: T;
	readonly onChange: (variant: T) => void;
}

/** Colours, sizes and so on; what is sold out can be looked at, and says so. */
export function VariantChoice<T extends Variant>({
	variants,
	value: from,
	onChange
}: VariantChoiceProps<T>) {
	const { t } = useTranslation();
	return (
		<Stack gap="sm">
			{axesOf(variants).map((axis) => (
				<div key={axis.name} role="radiogroup" aria-label={axis.name || t("shop.variant")}>
					<Text size="sm" fw={600} mb={6}>
						<bdi>{axis.name || t("shop.variant")}</bdi>
					</Text>
					<Chip.Group
						value={valueOn(from, axis)}
						onChange={(value: string) => onChange(chosen(variants, { from, axis, value }))}
					>
						<Group gap={8}>
							{axis.values.map((value) => (
								<Chip
									key={value}
									value={value}
									size="md"
									variant="outline"
									classNames={{ label: classes.value ?? "" }}
								>
									<bdi>{value}</bdi>
									{!isInStock(variants, axis, value) && ` (${t("shop.soldOut")})`}
								</Chip>
							))}
						</Group>
					</Chip.Group>
				</div>
			))}
		</Stack>
	);
}
