import { Button, Stack, Title } from "@mantine/core";
import { IconShoppingCart } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { SignedIn } from "../orders/signed-in.tsx";
import { BackLink } from "../shell/back-link.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { CheckoutForm, type Items, type Placed } from "./checkout-form.tsx";
import { type CartLine, useCart } from "./use-cart.ts";

/** Orders what is selected in the cart. */
export function CheckoutPage() {
	const { t } = useTranslation();
	usePageTitle(t("checkout.title"));
	return (
		<SignedIn>
			<Stack maw={640} mx="auto">
				<BackLink to="/cart">{t("checkout.back")}</BackLink>
				<Title order={1} size="h2">
					{t("checkout.title")}
				</Title>
				<Checkout />
			</Stack>
		</SignedIn>
	);
}

function Checkout() {
	const { lines, error, refetch } = useCart();
	if (!lines) {
		return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
	}
	return <Ordering lines={lines} />;
}

/** What was selected when the page was opened: the cart is emptied by the order itself. */
function Ordering({ lines }: { lines: readonly CartLine[] }) {
	const { t } = useTranslation();
	const navigate = useNavigate();
	const [items] = useState(() => itemsOf(lines));
	if (items.length === 0) {
		return (
			<Empty icon={<IconShoppingCart />} title={t("checkout.nothing")}>
				<Button component={Link} to="/cart" variant="light">
					{t("cart.title")}
				</Button>
			</Empty>
		);
	}
	const onPlaced = ({ checkoutId, items: [first, ...others] }: Placed) => {
		const isOne = first !== undefined && others.length === 0;
		const path = isOne ? `/orders/${first.id}` : `/orders?checkout=${checkoutId}`;
		void navigate(path, { replace: true });
	};
	return <CheckoutForm items={items} onPlaced={onPlaced} />;
}

const itemsOf = (lines: readonly CartLine[]): Items =>
	lines
		.filter(({ selected, invalid }) => selected && invalid === null)
		.map(({ skuId, quantity, roomId }) =>
			roomId === null ? { skuId, quantity } : { skuId, quantity, roomId }
		);
