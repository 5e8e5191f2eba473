import { Button, Group, Popover, Stack, TextInput } from "@mantine/core";
import { IconTag } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decimalOf } from "../../../lib/money.ts";
import { useFormat } from "../i18n/format.ts";
import type { Good } from "../shop/goods.ts";
import { priceOf } from "./goods.ts";
import type { GoodsChanges } from "./goods-changes.ts";

interface RoomPriceProps {
	readonly good: Good;
	readonly changes: GoodsChanges;
}

/** What it costs in this show; empty is as everywhere. */
export function RoomPrice({ good, changes }: RoomPriceProps) {
	const { t } = useTranslation();
	const [opened, setOpened] = useState(false);
	return (
		<Popover opened={opened} onChange={setOpened} trapFocus withinPortal returnFocus>
			<Popover.Target>
				<Button
					variant="default"
					size="sm"
					px="xs"
					leftSection={<IconTag size={16} aria-hidden />}
					aria-label={t("goods.roomPriceOf", { title: good.title })}
					onClick={() => setOpened(!opened)}
				>
					{t("cart.showPrice")}
				</Button>
			</Popover.Target>
			<Popover.Dropdown>
				<PriceForm good={good} changes={changes} close={() => setOpened(false)} />
			</Popover.Dropdown>
		</Popover>
	);
}

function PriceForm({ good, changes, close }: RoomPriceProps & { readonly close: () => void }) {
	const { t } = useTranslation();
	const format = useFormat();
	const { price, listPrice, skuId } = good;
	const isOwn = price.amount !== listPrice.amount;
	const [text, setText] = useState(isOwn ? decimalOf(price) : "");
	const next = text.trim() === "" ? null : priceOf(text, listPrice.currency);
	const save = () => {
		if (next === undefined) return;
		changes.price(skuId, next);
		close();
	};
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				save();
			}}
		>
			<Stack gap="xs">
				<TextInput
					label={t("goods.roomPrice", { currency: listPrice.currency })}
					description={t("goods.roomPriceHint", { price: format.money(listPrice) })}
					inputMode="decimal"
					value={text}
					error={next === undefined && t("goods.priceForm")}
					onChange={({ currentTarget: { value } }) => setText(value)}
				/>
				<Group justify="flex-end">
					<Button type="submit" size="sm">
						{t("goods.save")}
					</Button>
				</Group>
			</Stack>
		</form>
	);
}
