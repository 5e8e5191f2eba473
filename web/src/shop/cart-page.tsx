import { Button, Checkbox, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconShoppingCart } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { limits } from "../../../config/limits.ts";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { FormError } from "../shell/form-error.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { usePageTitle } from "../shell/use-page-title.ts";
import { CartRow } from "./cart-row.tsx";
import { type CartLine, useCart, useCartChange } from "./use-cart.ts";

export function CartPage() {
	const { t } = useTranslation();
	usePageTitle(t("cart.title"));
	const { lines, error, refetch } = useCart();
	return (
		<Stack maw={760} mx="auto">
			<Title order={1} size="h2">
				{t("cart.title")}
			</Title>
			{lines && <Lines lines={lines} />}
			{!lines &&
				(error ? (
					<LoadFailed error={error} retry={() => void refetch()} />
				) : (
					<Loading rows={2} height={132} />
				))}
		</Stack>
	);
}

function Lines({ lines }: { lines: readonly CartLine[] }) {
	const { t } = useTranslation();
	const change = useCartChange();
	if (lines.length === 0) {
		return (
			<Empty icon={<IconShoppingCart />} title={t("cart.empty")} text={t("cart.emptyText")}>
				<Button component={Link} to="/" variant="light">
					{t("home.title")}
				</Button>
			</Empty>
		);
	}
	const isAll = lines.every(({ selected }) => selected);
	const selectAll = () => {
		for (const line of lines) {
			if (line.selected === isAll) change.mutate({ line, selected: !isAll });
		}
	};
	return (
		<>
			<Checkbox
				label={t("cart.all")}
				checked={isAll}
				indeterminate={!isAll && lines.some(({ selected }) => selected)}
				onChange={selectAll}
			/>
			<FormError error={change.error} />
			<Stack gap="sm">
				{lines.map((line) => (
					<CartRow key={line.skuId} line={line} change={change.mutate} />
				))}
			</Stack>
			<Foot lines={lines} />
		</>
	);
}

/** What the selected lines come to, as the platform would have it now. */
function Foot({ lines }: { lines: readonly CartLine[] }) {
	const { t } = useTranslation();
	const format = useFormat();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const navigate = useNavigate();
	const ready = lines.filter(({ selected, invalid }) => selected && invalid === null);
	const [first] = ready;
	const total = ready.reduce((sum, { price, quantity }) => sum + price.amount * quantity, 0);
	const isTooMany = ready.length > limits.orderLinesMax;
	return (
		<Paper withBorder p="md" pos="sticky" bottom={8}>
			<Group justify="space-between">
				<div>
					<Text size="sm" c="dimmed">
						{t("cart.selected", { count: ready.length })}
					</Text>
					<Text fw={700} size="lg" role="status">
						{first && format.money({ amount: total, currency: first.price.currency })}
					</Text>
				</div>
				{userId === undefined ? (
					<Button size="md" onClick={openSignIn}>
						{t("cart.signIn")}
					</Button>
				) : (
					<Button
						size="md"
						disabled={!first || isTooMany}
						onClick={() => void navigate("/checkout")}
					>
						{t("cart.checkout")}
					</Button>
				)}
			</Group>
			{isTooMany && (
				<Text size="sm" c="red">
					{t("cart.tooMany", { count: limits.orderLinesMax })}
				</Text>
			)}
		</Paper>
	);
}
