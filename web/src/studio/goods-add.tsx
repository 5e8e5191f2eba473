import { Button, Group, Stack, Text } from "@mantine/core";
import { IconBox } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { call, useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { FormError } from "../shell/form-error.tsx";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { GoodPicture } from "../shop/good-picture.tsx";
import { type Good, labelOf } from "../shop/goods.ts";
import classes from "./goods.module.css";
import type { Product, Sku } from "./goods.ts";
import type { GoodsChanges } from "./goods-changes.ts";

interface AddGoodsProps {
	/** What the show sells already. */
	readonly goods: readonly Good[];
	readonly changes: GoodsChanges;
}

/** Own variants that are on sale, each with the button that puts it into the show. */
export function AddGoods({ goods, changes }: AddGoodsProps) {
	const { t } = useTranslation();
	const products = useOwnProducts();
	const { data, error, refetch } = products;
	if (!data) return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
	const all = data.pages.flatMap(({ items }) => items);
	if (all.length === 0) {
		return (
			<Empty icon={<IconBox />} title={t("goods.noProducts")}>
				<Button component={Link} to="/studio/products">
					{t("goods.toProducts")}
				</Button>
			</Empty>
		);
	}
	const known = new Set(goods.map(({ skuId }) => skuId));
	return (
		<Stack gap="sm">
			<FormError error={changes.error} />
			{all.flatMap((product) =>
				product.skus.map((sku) => (
					<SkuRow
						key={sku.id}
						{...{ product, sku }}
						isAdded={known.has(sku.id)}
						add={() => changes.add(sku.id)}
					/>
				))
			)}
			<MoreButton pages={products} />
		</Stack>
	);
}

function useOwnProducts() {
	const userId = useUserId();
	return useInfiniteQuery({
		queryKey: ["products", userId, "published"],
		queryFn: ({ pageParam: cursor }) =>
			call("products.mine", { status: "published", ...(cursor ? { cursor } : {}) }),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor
	});
}

interface SkuRowProps {
	readonly product: Product;
	readonly sku: Sku;
	readonly isAdded: boolean;
	readonly add: () => void;
}

function SkuRow({ product, sku, isAdded, add }: SkuRowProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const variant = labelOf(sku);
	const title = variant ? `${product.title} · ${variant}` : product.title;
	return (
		<Group wrap="nowrap" gap="sm">
			<GoodPicture url={product.pictures[0] ?? null} size={48} />
			<div className={classes.grow}>
				<Text size="sm" fw={600} lineClamp={2}>
					<bdi>{title}</bdi>
				</Text>
				<Text size="sm" c="dimmed">
					{format.money(sku.price)} · {t("shop.left", { count: format.exact(sku.stock) })}
				</Text>
			</div>
			<Button
				size="sm"
				variant="light"
				disabled={isAdded}
				aria-label={isAdded ? undefined : t("goods.addOf", { title })}
				onClick={add}
			>
				{isAdded ? t("goods.added") : t("goods.add")}
			</Button>
		</Group>
	);
}
