import { ActionIcon, Badge, Checkbox, Group, Paper, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { useFormat } from "../i18n/format.ts";
import { GoodPicture } from "./good-picture.tsx";
import { labelOf } from "./goods.ts";
import { Price } from "./price.tsx";
import { QuantityInput } from "./quantity-input.tsx";
import classes from "./shop.module.css";
import type { CartLine, LineChange } from "./use-cart.ts";

interface CartRowProps {
	readonly line: CartLine;
	readonly change: (change: LineChange) => void;
}

export function CartRow({ line, change }: CartRowProps) {
	const { t } = useTranslation();
	const variant = labelOf(line);
	const title = line.title || t("cart.gone");
	return (
		<Paper withBorder p="sm">
			<Group wrap="nowrap" gap="sm" align="flex-start">
				<Checkbox
					size="md"
					mt={22}
					aria-label={t("cart.select", { title })}
					checked={line.selected}
					onChange={() => change({ line, selected: !line.selected })}
				/>
				<GoodPicture url={line.pictureUrl} size={72} />
				<Stack gap={4} flex={1} miw={0}>
					<Text size="sm" lineClamp={2} className={classes.words ?? ""}>
						<bdi>{title}</bdi>
					</Text>
					{variant && (
						<Text size="xs" c="dimmed" truncate>
							<bdi>{variant}</bdi>
						</Text>
					)}
				</Stack>
				<ActionIcon
					size={44}
					variant="subtle"
					color="gray"
					aria-label={t("cart.remove", { title })}
					onClick={() => change({ line, removed: true })}
				>
					<IconTrash size={20} />
				</ActionIcon>
			</Group>
			<Marks line={line} />
			<Group justify="space-between" mt="xs">
				<Price price={line.price} />
				<QuantityInput
					label={t("cart.quantityOf", { title })}
					value={line.quantity}
					max={Math.max(1, Math.min(line.available, limits.orderQuantityMax))}
					disabled={line.invalid === "withdrawn" || line.available === 0}
					onChange={(quantity) => quantity !== line.quantity && change({ line, quantity })}
				/>
			</Group>
		</Paper>
	);
}

/** What has changed since it was put in, and why it cannot be ordered as it stands. */
function Marks({ line }: { line: CartLine }) {
	const { t } = useTranslation();
	const format = useFormat();
	const was = format.money(line.priceWhenAdded);
	const isDearer = line.price.amount > line.priceWhenAdded.amount;
	return (
		<Group gap={6} mt="xs">
			{line.invalid === "withdrawn" && <Badge color="red.8">{t("cart.withdrawn")}</Badge>}
			{line.invalid === "not-enough-stock" && (
				<Badge color="red.8">
					{line.available > 0 ? t("cart.only", { count: line.available }) : t("shop.soldOut")}
				</Badge>
			)}
			{line.priceChanged && line.invalid !== "withdrawn" && (
				<Badge autoContrast color={isDearer ? "yellow.6" : "teal.9"}>
					{isDearer ? t("cart.dearer", { was }) : t("cart.cheaper", { was })}
				</Badge>
			)}
			{line.roomId !== null && <Badge variant="light">{t("cart.showPrice")}</Badge>}
		</Group>
	);
}
