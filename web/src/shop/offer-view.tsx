import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBolt, IconShoppingCartPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { FormError } from "../shell/form-error.tsx";
import { Picture } from "../shell/picture.tsx";
import { GoodPicture } from "./good-picture.tsx";
import { firstOf, type Good, labelOf, type Offer } from "./goods.ts";
import { Price } from "./price.tsx";
import { QuantityInput } from "./quantity-input.tsx";
import classes from "./shop.module.css";
import { useAddToCart } from "./use-cart.ts";
import { VariantChoice } from "./variant-choice.tsx";

interface OfferViewProps {
	readonly offer: Offer;
	/** The variant to begin with. */
	readonly skuId: string | undefined;
	/** Whose price counts; undefined once its show is over. */
	readonly roomId: string | undefined;
	readonly buy: (good: Good, quantity: number) => void;
	readonly isOwn: boolean;
}

/** One product of the bag: its pictures, its variants, how many, and the ways to get it. */
export function OfferView({ offer, skuId, roomId, buy, isOwn }: OfferViewProps) {
	const [wanted, setWanted] = useState(skuId);
	const [quantity, setQuantity] = useState(1);
	const good = offer.goods.find((one) => one.skuId === wanted) ?? firstOf(offer.goods);
	const max = Math.min(good.stock, limits.orderQuantityMax);
	return (
		<Stack gap="md">
			<Head good={good} />
			<VariantChoice
				variants={offer.goods}
				value={good}
				onChange={(next) => setWanted(next.skuId)}
			/>
			<Buying
				good={good}
				quantity={Math.max(1, Math.min(quantity, max))}
				onQuantity={setQuantity}
				{...{ max, roomId, buy, isOwn }}
			/>
			<More productId={offer.productId} />
		</Stack>
	);
}

function Head({ good }: { good: Good }) {
	const { t } = useTranslation();
	const format = useFormat();
	const variant = labelOf(good);
	return (
		<Group wrap="nowrap" align="flex-start" gap="sm">
			<GoodPicture url={good.pictureUrl} size={96} />
			<Stack gap={4} miw={0}>
				<Title order={3} size="h4" className={classes.words ?? ""}>
					<bdi>{good.title}</bdi>
				</Title>
				{variant && (
					<Text size="sm" c="dimmed">
						<bdi>{variant}</bdi>
					</Text>
				)}
				<Price price={good.price} listPrice={good.listPrice} size="lg" />
				<Text size="sm" c="dimmed" role="status">
					{good.stock > 0 ? t("shop.left", { count: format.exact(good.stock) }) : t("shop.soldOut")}
				</Text>
			</Stack>
		</Group>
	);
}

interface BuyingProps extends Pick<OfferViewProps, "roomId" | "buy" | "isOwn"> {
	readonly good: Good;
	readonly quantity: number;
	readonly max: number;
	readonly onQuantity: (quantity: number) => void;
}

function Buying({ good, quantity, max, onQuantity, roomId, buy, isOwn }: BuyingProps) {
	const { t } = useTranslation();
	const add = useAddToCart();
	const told = () => notifications.show({ color: "teal", message: t("shop.inCart") });
	const isOff = max === 0 || !good.onSale || isOwn;
	return (
		<Stack gap="sm">
			<Group justify="space-between">
				<Text size="sm" fw={600}>
					{t("shop.quantity")}
				</Text>
				<QuantityInput
					label={t("shop.quantity")}
					value={quantity}
					max={max}
					onChange={onQuantity}
					disabled={isOff}
				/>
			</Group>
			<Group grow wrap="nowrap">
				<Button
					size="md"
					variant="light"
					px="xs"
					leftSection={<IconShoppingCartPlus size={20} aria-hidden />}
					disabled={isOff}
					loading={add.isPending}
					onClick={() => add.mutate({ good, quantity, roomId }, { onSuccess: told })}
				>
					{t("shop.toCart")}
				</Button>
				<Button
					size="md"
					px="xs"
					leftSection={<IconBolt size={20} aria-hidden />}
					disabled={isOff}
					onClick={() => buy(good, quantity)}
				>
					{t("shop.buyNow")}
				</Button>
			</Group>
			{isOwn && (
				<Text size="sm" c="dimmed">
					{t("shop.own")}
				</Text>
			)}
			<FormError error={add.error} />
		</Stack>
	);
}

/** The seller's words and the other pictures, which the goods of a room do not carry. */
function More({ productId }: { productId: string }) {
	const { data } = useQuery({
		queryKey: ["product", productId],
		queryFn: () => call("products.get", { id: productId }),
		staleTime: 60_000
	});
	if (!data) return null;
	return (
		<Stack gap="sm">
			{data.description && (
				<Text size="sm" className={classes.words ?? ""}>
					<bdi>{data.description}</bdi>
				</Text>
			)}
			{data.pictures.slice(1).map((url) => (
				<Picture key={url} className={classes.large} url={url} alt="" instead={null} />
			))}
		</Stack>
	);
}
