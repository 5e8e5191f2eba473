import { ActionIcon, Badge, Button, Group, Modal, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
	IconArrowDown,
	IconArrowUp,
	IconBox,
	IconPin,
	IconPinnedOff,
	IconPlus,
	IconTrash
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "../i18n/format.ts";
import type { Room } from "../room/status-badge.tsx";
import { FormError } from "../shell/form-error.tsx";
import { LoadFailed, Loading } from "../shell/states.tsx";
import { GoodPicture } from "../shop/good-picture.tsx";
import { type Good, labelOf } from "../shop/goods.ts";
import { useGoods } from "../shop/use-goods.ts";
import classes from "./goods.module.css";
import { AddGoods } from "./goods-add.tsx";
import { type GoodsChanges, useGoodsChanges } from "./goods-changes.ts";
import { RoomPrice } from "./goods-price.tsx";

/** What the show sells: add, sort, price, explain, remove. */
export function RoomGoods({ room }: { room: Room }) {
	const { t } = useTranslation();
	const goods = useGoods(room.id, true);
	const changes = useGoodsChanges(room.id);
	const [adds, { open, close }] = useDisclosure(false);
	return (
		<Paper withBorder p="md" component="section" aria-labelledby="room-goods">
			<Group justify="space-between" mb="sm">
				<Title order={2} size="h4" id="room-goods">
					{t("goods.room")}
				</Title>
				<Group gap="xs">
					<Button
						component={Link}
						to="/studio/products"
						variant="default"
						size="xs"
						leftSection={<IconBox size={16} aria-hidden />}
					>
						{t("goods.toProducts")}
					</Button>
					<Button size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
						{t("goods.add")}
					</Button>
				</Group>
			</Group>
			<FormError error={changes.error} />
			{goods.data && <List goods={goods.data.items} changes={changes} />}
			{!goods.data &&
				(goods.error ? (
					<LoadFailed error={goods.error} retry={() => void goods.refetch()} />
				) : (
					<Loading />
				))}
			<Modal
				opened={adds}
				onClose={close}
				title={t("goods.add")}
				closeButtonProps={{ "aria-label": t("app.close") }}
			>
				<AddGoods goods={goods.data?.items ?? []} changes={changes} />
			</Modal>
		</Paper>
	);
}

interface ListProps {
	readonly goods: readonly Good[];
	readonly changes: GoodsChanges;
}

function List({ goods, changes }: ListProps) {
	const { t } = useTranslation();
	if (goods.length === 0) return <Text c="dimmed">{t("goods.roomNone")}</Text>;
	return (
		<ol className={classes.list}>
			{goods.map((good, index) => (
				<li key={good.skuId} className={classes.item} data-pinned={good.pinned}>
					<Row good={good} changes={changes} index={index} isLast={index === goods.length - 1} />
				</li>
			))}
		</ol>
	);
}

interface RowProps {
	readonly good: Good;
	readonly changes: GoodsChanges;
	readonly index: number;
	readonly isLast: boolean;
}

function Row({ good, changes, index, isLast }: RowProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const variant = labelOf(good);
	return (
		<Stack gap={6}>
			<Group wrap="nowrap" gap="sm" align="flex-start">
				<Text size="sm" c="dimmed" w={20}>
					{index + 1}
				</Text>
				<GoodPicture url={good.pictureUrl} size={48} />
				<div className={classes.grow}>
					<Text size="sm" fw={600} truncate>
						<bdi>{variant ? `${good.title} · ${variant}` : good.title}</bdi>
					</Text>
					<Group gap={6}>
						<Text size="sm">{format.money(good.price)}</Text>
						<Text size="sm" c="dimmed">
							{good.stock > 0
								? t("shop.left", { count: format.exact(good.stock) })
								: t("shop.soldOut")}
						</Text>
						{good.pinned && <Badge color="brand.7">{t("shop.explained")}</Badge>}
						{!good.onSale && <Badge color="red.8">{t("cart.withdrawn")}</Badge>}
					</Group>
				</div>
			</Group>
			<Steps {...{ good, changes, index, isLast }} />
		</Stack>
	);
}

function Steps({ good, changes, index, isLast }: RowProps) {
	const { t } = useTranslation();
	const { skuId, title, pinned, onSale } = good;
	const icon = { size: 44, variant: "default" } as const;
	return (
		<Group gap={6} justify="space-between">
			<RoomPrice good={good} changes={changes} />
			<Group gap={6} wrap="nowrap">
				<ActionIcon
					{...icon}
					aria-label={t("goods.up", { title })}
					disabled={index === 0}
					onClick={() => changes.move(skuId, index - 1)}
				>
					<IconArrowUp size={18} />
				</ActionIcon>
				<ActionIcon
					{...icon}
					aria-label={t("goods.down", { title })}
					disabled={isLast}
					onClick={() => changes.move(skuId, index + 1)}
				>
					<IconArrowDown size={18} />
				</ActionIcon>
				<ActionIcon
					{...icon}
					variant={pinned ? "filled" : "default"}
					aria-pressed={pinned}
					aria-label={pinned ? t("goods.unpin", { title }) : t("goods.pin", { title })}
					title={pinned ? t("goods.unpin", { title }) : t("goods.pin", { title })}
					disabled={!onSale}
					onClick={() => changes.pin(pinned ? null : skuId)}
				>
					{pinned ? <IconPinnedOff size={18} /> : <IconPin size={18} />}
				</ActionIcon>
				<ActionIcon
					{...icon}
					aria-label={t("goods.remove", { title })}
					onClick={() => changes.remove(skuId)}
				>
					<IconTrash size={18} />
				</ActionIcon>
			</Group>
		</Group>
	);
}
