import { Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Money } from "../../../lib/money.ts";
import { useFormat } from "../i18n/format.ts";
import classes from "./shop.module.css";

interface PriceProps {
	readonly price: Money;
	/** What it costs elsewhere; shown when that is more. */
	readonly listPrice?: Money;
	readonly size?: "sm" | "md" | "lg" | "xl";
}

export function Price({ price, listPrice, size = "md" }: PriceProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const isLess = listPrice !== undefined && listPrice.amount > price.amount;
	return (
		<Text component="span" size={size} fw={700} className={classes.price ?? ""}>
			<span>{format.money(price)}</span>{" "}
			{isLess && (
				<Text component="del" td="line-through" size="xs" c="dimmed" fw={400}>
					<VisuallyHidden component="span">{t("shop.insteadOf")} </VisuallyHidden>
					{format.money(listPrice)}
				</Text>
			)}
		</Text>
	);
}
