import { Badge, Button, Group, Modal, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBox, IconPencil, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call, useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { BackLink } from "../shell/back-link.tsx";
import { FormError } from "../shell/form-error.tsx";
import { MoreButton } from "../shell/more-button.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { GoodPicture } from "../shop/good-picture.tsx";
import { Price } from "../shop/price.tsx";
import type { Product } from "./goods.ts";
import { ProductForm } from "./goods-form.tsx";
import { HostOnly } from "./host-only.tsx";

export function ProductsPage() {
	const { t } = useTranslation();
	usePageTitle(t("goods.title"));
	return (
		<HostOnly>
			<OwnProducts />
		</HostOnly>
	);
}

function OwnProducts() {
	const { t } = useTranslation();
	const [edits, setEdits] = useState<Product | "new">();
	const close = () => setEdits(undefined);
	return (
		<Stack>
			<BackLink to="/studio">{t("studio.yourShows")}</BackLink>
			<Group justify="space-between" align="flex-start">
				<div>
					<Title order={1} size="h2">
						{t("goods.title")}
					</Title>
					<Text c="dimmed">{t("goods.lead")}</Text>
				</div>
				<Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEdits("new")}>
					{t("goods.create")}
				</Button>
			</Group>
			<ProductList edit={setEdits} />
			<Modal
				opened={edits !== undefined}
				onClose={close}
				title={edits === "new" ? t("goods.create") : t("goods.edit")}
				closeButtonProps={{ "aria-label": t("app.close") }}
				size="lg"
			>
				{edits && (
					<ProductForm
						{...(edits === "new" ? {} : { product: edits })}
						onSaved={() => {
							notifications.show({ color: "green", message: t("goods.saved") });
							close();
						}}
					/>
				)}
			</Modal>
		</Stack>
	);
}

function ProductList({ edit }: { edit: (product: Product) => void }) {
	const { t } = useTranslation();
	const userId = useUserId();
	const query = useInfiniteQuery({
		queryKey: ["products", userId],
		queryFn: ({ pageParam: cursor }) => call("products.mine", cursor ? { cursor } : {}),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor
	});
	const { data, error, refetch } = query;
	if (!data) return error ? <LoadFailed error={error} retry={() => void refetch()} /> : <Loading />;
	const products = data.pages.flatMap(({ items }) => items);
	if (products.length === 0) {
		return <Empty icon={<IconBox />} title={t("goods.none")} text={t("goods.noneText")} />;
	}
	return (
		<>
			<Stack gap="sm">
				{products.map((product) => (
					<ProductRow key={product.id} product={product} edit={() => edit(product)} />
				))}
			</Stack>
			<MoreButton pages={query} />
		</>
	);
}

function ProductRow({ product, edit }: { product: Product; edit: () => void }) {
	const { t } = useTranslation();
	const format = useFormat();
	const stock = product.skus.reduce((sum, sku) => sum + sku.stock, 0);
	const [first] = product.skus;
	const isOn = product.status === "published";
	return (
		<Paper withBorder p="sm">
			<Group justify="space-between">
				<Group wrap="nowrap" gap="sm" miw={0}>
					<GoodPicture url={product.pictures[0] ?? null} size={56} />
					<div>
						<Text fw={600} lineClamp={2}>
							<bdi>{product.title}</bdi>
						</Text>
						<Group gap="xs">
							{first && <Price price={first.price} size="sm" />}
							<Text size="sm" c="dimmed">
								{t("shop.left", { count: format.exact(stock) })}
							</Text>
							<Badge color={isOn ? "teal.9" : "gray.7"}>
								{t(`goods.status.${product.status}`)}
							</Badge>
						</Group>
					</div>
				</Group>
				<Group gap="xs">
					<Button
						variant="default"
						size="sm"
						leftSection={<IconPencil size={16} aria-hidden />}
						aria-label={t("goods.editOf", { title: product.title })}
						onClick={edit}
					>
						{t("goods.edit")}
					</Button>
					<StatusSwitch product={product} />
				</Group>
			</Group>
		</Paper>
	);
}

function StatusSwitch({ product: { id, status } }: { product: Product }) {
	const { t } = useTranslation();
	const client = useQueryClient();
	const isOn = status === "published";
	const step = useMutation({
		mutationFn: () => call(isOn ? "products.withdraw" : "products.publish", { id }),
		onSettled: () => client.invalidateQueries({ queryKey: ["products"] })
	});
	if (status === "blocked") return null;
	return (
		<div>
			<Button
				variant={isOn ? "default" : "filled"}
				size="sm"
				loading={step.isPending}
				onClick={() => step.mutate()}
			>
				{isOn ? t("goods.withdraw") : t("goods.publish")}
			</Button>
			<FormError error={step.error} />
		</div>
	);
}
