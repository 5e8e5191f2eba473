import { Badge, Group, Stack, Text } from "@mantine/core";
import { IconShoppingBag } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import { Empty } from "../shell/states.tsx";
import { GoodPicture } from "./good-picture.tsx";
import { firstOf, type Offer } from "./goods.ts";
import { Price } from "./price.tsx";
import classes from "./shop.module.css";

interface BagListProps {
	readonly offers: readonly Offer[];
	readonly pinnedSkuId: string | undefined;
	readonly open: (offer: Offer) => void;
}

/** All that the room sells, by the numbers that hosts call them by. */
export function BagList({ offers, pinnedSkuId, open }: BagListProps) {
	const { t } = useTranslation();
	if (offers.length === 0) {
		return <Empty icon={<IconShoppingBag />} title={t("shop.empty")} text={t("shop.emptyText")} />;
	}
	return (
		<ol className={classes.list}>
			{offers.map((offer, index) => (
				<li key={offer.productId}>
					<button type="button" className={classes.row} onClick={() => open(offer)}>
						<OfferRow offer={offer} number={index + 1} pinnedSkuId={pinnedSkuId} />
					</button>
				</li>
			))}
		</ol>
	);
}

interface OfferRowProps extends Pick<BagListProps, "pinnedSkuId"> {
	readonly offer: Offer;
	readonly number: number;
}

function OfferRow({ offer, number, pinnedSkuId }: OfferRowProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const good = firstOf(offer.goods);
	const stock = offer.goods.reduce((sum, one) => sum + one.stock, 0);
	const cheapest = offer.goods.reduce((one, other) =>
		other.price.amount < one.price.amount ? other : one
	);
	const isPinned = offer.goods.some(({ skuId }) => skuId === pinnedSkuId);
	const isSame = offer.goods.every(({ price }) => price.amount === cheapest.price.amount);
	return (
		<>
			<span className={classes.numbered}>
				<GoodPicture url={good.pictureUrl} size={72} />
				<span className={classes.number}>{number}</span>
			</span>
			<Stack gap={2} miw={0}>
				<Text lineClamp={2} className={classes.words ?? ""}>
					<bdi>{good.title}</bdi>
				</Text>
				<Group gap={6}>
					{isPinned && (
						<Badge size="sm" color="brand.7">
							{t("shop.explained")}
						</Badge>
					)}
					<Text size="xs" c="dimmed">
						{stock > 0 ? t("shop.left", { count: format.number(stock) }) : t("shop.soldOut")}
					</Text>
				</Group>
				{isSame ? (
					<Price price={cheapest.price} listPrice={cheapest.listPrice} />
				) : (
					<Text component="span" fw={700} className={classes.price ?? ""}>
						{t("shop.from", { price: format.money(cheapest.price) })}
					</Text>
				)}
			</Stack>
		</>
	);
}
