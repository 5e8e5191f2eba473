import { Group, SegmentedControl, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconCoin } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Returns } from "../api/client.ts";
import { call } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { FormError } from "../shell/form-error.tsx";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { useRecharge } from "./use-recharge.ts";
import classes from "./wallet.module.css";

type Offer = Returns<"payments.packages">;

/** What coins cost. One press leads to the payment page. */
export function Packages() {
	const { t } = useTranslation();
	const { data, error, refetch } = useQuery({
		queryKey: ["packages"],
		queryFn: () => call("payments.packages", {}),
		staleTime: 60_000
	});
	return (
		<section aria-labelledby="packages">
			<Title order={2} size="h4" id="packages" mb="sm">
				{t("wallet.recharge")}
			</Title>
			{data && <Offers offer={data} />}
			{!data &&
				(error ? (
					<LoadFailed error={error} retry={() => void refetch()} />
				) : (
					<Loading rows={2} height={88} />
				))}
		</section>
	);
}

function Offers({ offer: { items, providers } }: { offer: Offer }) {
	const { t } = useTranslation();
	const [chosen, setChosen] = useState<string>();
	const recharge = useRecharge();
	const provider = chosen ?? providers[0];
	if (provider === undefined || items.length === 0) {
		return <Empty icon={<IconCoin />} title={t("wallet.noPackages")} />;
	}
	return (
		<Stack gap="sm">
			{providers.length > 1 && (
				<SegmentedControl
					aria-label={t("wallet.provider")}
					data={providers.map((value) => ({ value, label: providerText(t, value) }))}
					value={provider}
					onChange={setChosen}
				/>
			)}
			<ul className={classes.packages}>
				{items.map((item) => (
					<li key={item.id}>
						<PackageButton
							item={item}
							isDisabled={recharge.isPending}
							buy={() => recharge.mutate({ packageId: item.id, provider })}
						/>
					</li>
				))}
			</ul>
			<FormError error={recharge.error} />
			<Text size="sm" c="dimmed" role="status">
				{recharge.isPending && t("wallet.leaving")}
			</Text>
		</Stack>
	);
}

function providerText(t: TFunction, provider: string): string {
	if (provider === "sandbox") return t("wallet.sandbox");
	return provider === "stripe" ? t("wallet.stripe") : provider;
}

interface PackageButtonProps {
	readonly item: Offer["items"][number];
	readonly isDisabled: boolean;
	readonly buy: () => void;
}

function PackageButton({ item, isDisabled, buy }: PackageButtonProps) {
	const { t } = useTranslation();
	const format = useFormat();
	return (
		<UnstyledButton className={classes.package ?? ""} disabled={isDisabled} onClick={buy}>
			<Group gap={4}>
				<IconCoin size={20} aria-hidden />
				<Text span fw={700} fz={18}>
					{t("wallet.coins", { count: format.exact(item.coins) })}
				</Text>
			</Group>
			<Text span c="dimmed">
				{format.money(item.price)}
			</Text>
		</UnstyledButton>
	);
}
