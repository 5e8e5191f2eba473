import { Button, Drawer, Group, Radio, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCoin } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { useFormat } from "../i18n/format.ts";
import { Empty, LoadFailed, Loading } from "../shell/states.tsx";
import { useWallet } from "../wallet/use-wallet.ts";
import { rememberShow } from "../wallet/way-back.ts";
import { GiftIcon } from "./gift-icon.tsx";
import classes from "./gifts.module.css";
import { SendButton } from "./send-button.tsx";
import type { Gift } from "./sending.ts";
import { SendingTrouble } from "./sending-trouble.tsx";
import type { SendingNow } from "./use-gift-sending.ts";
import { useGiftName, useGifts } from "./use-gifts.ts";

interface GiftPanelProps {
	readonly roomId: string;
	readonly sending: SendingNow;
	readonly opened: boolean;
	readonly close: () => void;
}

/** What can be given. It leaves the picture free: below it on phones, else in place of the chat. */
export function GiftPanel({ roomId, sending, opened, close }: GiftPanelProps) {
	const { t } = useTranslation();
	const isWide = useMediaQuery("(min-width: 62em)");
	return (
		<Drawer
			opened={opened}
			onClose={close}
			position={isWide ? "right" : "bottom"}
			size={isWide ? 380 : "auto"}
			padding="sm"
			title={t("gifts.title")}
			closeButtonProps={{ "aria-label": t("app.close"), size: 44 }}
			classNames={{ content: classes.panel ?? "", body: classes.panelBody ?? "" }}
			overlayProps={{ backgroundOpacity: 0 }}
		>
			<Catalogue roomId={roomId} sending={sending} />
		</Drawer>
	);
}

function Catalogue({ roomId, sending }: Pick<GiftPanelProps, "roomId" | "sending">) {
	const { t } = useTranslation();
	const { data, error, refetch } = useGifts();
	const [giftId, setGiftId] = useState<string>();
	const [count, setCount] = useState(1);
	if (!data)
		return error ? (
			<LoadFailed error={error} retry={() => void refetch()} />
		) : (
			<Loading rows={2} height={100} />
		);
	const gift = data.items.find(({ id }) => id === giftId) ?? data.items[0];
	if (!gift) return <Empty icon={<IconCoin />} title={t("gifts.empty")} />;
	return (
		<Stack gap="sm" className={classes.catalogue ?? ""}>
			<Radio.Group
				className={classes.shelf ?? ""}
				aria-label={t("gifts.choose")}
				value={gift.id}
				onChange={setGiftId}
			>
				<div className={classes.gifts}>
					{data.items.map((one) => (
						<GiftCard key={one.id} gift={one} />
					))}
				</div>
			</Radio.Group>
			<Till {...{ roomId, sending, gift, setCount }} count={Math.min(count, gift.countMax)} />
		</Stack>
	);
}

function GiftCard({ gift }: { gift: Gift }) {
	const { t } = useTranslation();
	const format = useFormat();
	const nameOf = useGiftName();
	const price = format.exact(gift.price);
	return (
		<Radio.Card
			value={gift.id}
			className={classes.gift ?? ""}
			aria-label={`${nameOf(gift)}, ${t("gifts.price", { count: price })}`}
		>
			<span className={classes.giftIcon} aria-hidden>
				<GiftIcon icon={gift.icon} />
			</span>
			<Text size="sm" truncate>
				{nameOf(gift)}
			</Text>
			<Group gap={2} justify="center" c="dimmed" wrap="nowrap">
				<IconCoin size={14} aria-hidden />
				<Text size="xs">{price}</Text>
			</Group>
		</Radio.Card>
	);
}

const counts = [1, 10, 66, 99, 520] as const;

interface TillProps extends Pick<GiftPanelProps, "roomId" | "sending"> {
	readonly gift: Gift;
	readonly count: number;
	readonly setCount: (count: number) => void;
}

function Till({ roomId, sending, gift, count, setCount }: TillProps) {
	const { t } = useTranslation();
	const format = useFormat();
	const userId = useUserId();
	const openSignIn = useSignIn();
	const offered = counts.filter((one) => one <= gift.countMax).map(String);
	return (
		<>
			<SegmentedControl
				fullWidth
				aria-label={t("gifts.count")}
				data={offered}
				value={String(count)}
				onChange={(value) => setCount(Number(value))}
			/>
			<SendingTrouble roomId={roomId} now={sending} />
			{userId === undefined ? (
				<Button size="md" onClick={openSignIn}>
					{t("gifts.signIn")}
				</Button>
			) : (
				<Group wrap="nowrap" justify="space-between">
					<div>
						<Balance roomId={roomId} />
						<Text size="sm" c="dimmed">
							{t("gifts.total", { count: format.exact(gift.price * count) })}
						</Text>
					</div>
					<SendButton now={sending} gift={gift} count={count} />
				</Group>
			)}
		</>
	);
}

function Balance({ roomId }: { roomId: string }) {
	const { t } = useTranslation();
	const format = useFormat();
	const { data } = useWallet();
	return (
		<Group gap={6}>
			<Text fw={600} role="status" className={classes.balance ?? ""}>
				{t("gifts.balance", { count: data ? format.exact(data.balance - data.held) : "…" })}
			</Text>
			<Button
				component={Link}
				to="/wallet"
				size="compact-sm"
				variant="light"
				onClick={() => rememberShow(roomId)}
			>
				{t("gifts.recharge")}
			</Button>
		</Group>
	);
}
