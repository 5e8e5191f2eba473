import { ActionIcon, Indicator } from "@mantine/core";
import { IconShoppingCart } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCartCount, useGuestCartMerge } from "./use-cart.ts";

/** The way to the cart, with the number of its lines. */
export function CartButton() {
	const { t } = useTranslation();
	const count = useCartCount();
	useGuestCartMerge();
	const label = count > 0 ? t("cart.count", { count }) : t("cart.title");
	return (
		<Indicator label={count} size={18} offset={8} disabled={count === 0}>
			<ActionIcon
				component={Link}
				to="/cart"
				size={44}
				variant="subtle"
				color="gray"
				aria-label={label}
				title={label}
			>
				<IconShoppingCart size={22} />
			</ActionIcon>
		</Indicator>
	);
}
