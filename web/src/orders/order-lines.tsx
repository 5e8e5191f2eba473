import { Group, Stack, Text } from "@mantine/core";
import type { Money } from "../../../lib/money.ts";
import { useFormat } from "../i18n/format.ts";
import { GoodPicture } from "../shop/good-picture.tsx";
import { labelOf } from "../shop/goods.ts";
import classes from "../shop/shop.module.css";

export interface ShownLine {
	readonly skuId: string;
	readonly title: string;
	readonly pictureUrl: string | null;
	readonly attributes: readonly { readonly name: string; readonly value: string }[];
	readonly price: Money;
	readonly quantity: number;
	readonly amount: Money;
}

/** What is bought, as it was or will be sold. */
export function OrderLines({ lines }: { lines: readonly ShownLine[] }) {
	return (
		<ul className={classes.list}>
			{lines.map((line) => (
				<li key={line.skuId}>
					<OrderLine line={line} />
				</li>
			))}
		</ul>
	);
}

function OrderLine({ line }: { line: ShownLine }) {
	const format = useFormat();
	const variant = labelOf(line);
	return (
		<Group wrap="nowrap" gap="sm" py={6} align="flex-start">
			<GoodPicture url={line.pictureUrl} size={56} />
			<Stack gap={0} flex={1} miw={0}>
				<Text size="sm" lineClamp={2} className={classes.words ?? ""}>
					<bdi>{line.title}</bdi>
				</Text>
				{variant && (
					<Text size="xs" c="dimmed" truncate>
						<bdi>{variant}</bdi>
					</Text>
				)}
				<Group justify="space-between" gap={4}>
					<Text size="xs" c="dimmed">
						{format.money(line.price)} × {format.exact(line.quantity)}
					</Text>
					<Text size="sm" fw={600}>
						{format.money(line.amount)}
					</Text>
				</Group>
			</Stack>
		</Group>
	);
}
