import { ActionIcon, Button, Drawer, Group } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowLeft, IconShoppingCart } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { OneOrder } from "../orders/order-page.tsx";
import { LoadFailed, Loading } from "../shell/states.tsx";
import { BagList } from "./bag-list.tsx";
import { CheckoutForm, type Items } from "./checkout-form.tsx";
import { type Good, offersOf } from "./goods.ts";
import { OfferView } from "./offer-view.tsx";
import classes from "./shop.module.css";
import { useCartCount } from "./use-cart.ts";
import type { GoodsNow } from "./use-goods.ts";

/** What the sheet shows; undefined: it is closed. */
export type Shown =
	| { readonly view: "list" }
	| { readonly view: "offer"; readonly productId: string; readonly skuId?: string }
	| { readonly view: "checkout"; readonly items: Items; readonly productId: string }
	| { readonly view: "order"; readonly orderId: string };

interface BagSheetProps {
	readonly goods: GoodsNow;
	readonly shown: Shown | undefined;
	readonly show: (next: Shown | undefined) => void;
	/** Whose prices count; undefined once the show is over. */
	readonly roomId: string | undefined;
	readonly hostId: string;
}

/** Over the lower part of a phone, at the side of a desk: the picture stays in sight, and moves. */
export function BagSheet({ shown, show, ...rest }: BagSheetProps) {
	const { t } = useTranslation();
	const isWide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false });
	return (
		<Drawer
			opened={shown !== undefined}
			onClose={() => show(undefined)}
			position={isWide ? "right" : "bottom"}
			size={isWide ? "md" : "58dvh"}
			overlayProps={{ backgroundOpacity: 0.15 }}
			title={shown && <Title shown={shown} show={show} />}
			closeButtonProps={{ "aria-label": t("app.close"), size: 44 }}
			classNames={{ content: classes.sheet ?? "", body: classes.sheetBody ?? "" }}
		>
			{shown && (
				<div key={shown.view} ref={toTop}>
					<Body shown={shown} show={show} {...rest} />
				</div>
			)}
		</Drawer>
	);
}

/** Each step begins at its top, however far down the one before was read. */
const toTop = (step: HTMLElement | null) => step?.closest("[role=dialog]")?.scrollTo(0, 0);

type StepProps = Required<Pick<BagSheetProps, "show">> & { readonly shown: Shown };

function Title({ shown, show }: StepProps) {
	const { t } = useTranslation();
	const back = backOf(shown);
	const title = {
		list: t("shop.title"),
		offer: t("shop.title"),
		checkout: t("checkout.title"),
		order: t("order.title")
	}[shown.view];
	return (
		<Group gap="xs" wrap="nowrap">
			{back && (
				<ActionIcon
					size={44}
					variant="subtle"
					color="gray"
					aria-label={t("shop.back")}
					onClick={() => show(back)}
				>
					<IconArrowLeft size={20} />
				</ActionIcon>
			)}
			{title}
			<CartLink />
		</Group>
	);
}

function backOf(shown: Shown): Shown | undefined {
	if (shown.view === "list") return undefined;
	return shown.view === "checkout"
		? { view: "offer", productId: shown.productId }
		: { view: "list" };
}

function CartLink() {
	const { t } = useTranslation();
	const count = useCartCount();
	if (count === 0) return null;
	return (
		<Button
			component={Link}
			to="/cart"
			size="compact-md"
			variant="subtle"
			leftSection={<IconShoppingCart size={18} aria-hidden />}
		>
			{t("cart.count", { count })}
		</Button>
	);
}

function Body({ shown, show, goods, roomId, hostId }: BagSheetProps & { shown: Shown }) {
	const userId = useUserId();
	const openSignIn = useSignIn();
	if (shown.view === "order") return <OneOrder id={shown.orderId} staysHere />;
	if (shown.view === "checkout") {
		return (
			<CheckoutForm
				items={shown.items}
				// One seller sells in a room, so it is one order.
				onPlaced={({ items: [order] }) => order && show({ view: "order", orderId: order.id })}
			/>
		);
	}
	if (!goods.data) {
		const { error, refetch } = goods;
		return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
	}
	const sold = goods.data.items.filter(({ onSale }) => onSale);
	// The room's prices end with its show.
	const isOver = roomId === undefined;
	const offers = offersOf(isOver ? sold.map((one) => ({ ...one, price: one.listPrice })) : sold);
	const offer =
		shown.view === "offer" ? offers.find((one) => one.productId === shown.productId) : undefined;
	if (shown.view === "list" || !offer) {
		const open = ({ productId }: { productId: string }) => show({ view: "offer", productId });
		return <BagList offers={offers} pinnedSkuId={goods.pinned?.skuId} open={open} />;
	}
	const buy = ({ skuId, productId }: Good, quantity: number) => {
		const item = roomId === undefined ? { skuId, quantity } : { skuId, quantity, roomId };
		if (userId === undefined) openSignIn();
		else show({ view: "checkout", items: [item], productId });
	};
	return (
		<OfferView
			key={offer.productId}
			offer={offer}
			skuId={shown.skuId}
			isOwn={userId === hostId}
			{...{ roomId, buy }}
		/>
	);
}
