import { ActionIcon, Avatar, Menu } from "@mantine/core";
import {
	IconLogout,
	IconMapPin,
	IconReceipt,
	IconVideoPlus,
	IconWallet
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { signOut } from "../api/index.ts";
import { forgetMail } from "../chat/index.ts";
import { useMe } from "./account-provider.tsx";

export function AccountMenu() {
	const { t } = useTranslation();
	const { data: me } = useMe();
	return (
		<Menu position="bottom-end" width={220}>
			<Menu.Target>
				<ActionIcon size={44} radius="xl" variant="transparent" aria-label={t("account.menu")}>
					<Avatar src={me?.avatarUrl ?? null} name={me?.nickname ?? ""} alt="" color="brand" />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				{me && (
					<Menu.Label>
						<bdi>{me.nickname}</bdi>
					</Menu.Label>
				)}
				<Menu.Item component={Link} to="/wallet" leftSection={<IconWallet size={18} />}>
					{t("wallet.title")}
				</Menu.Item>
				<Menu.Item component={Link} to="/orders" leftSection={<IconReceipt size={18} />}>
					{t("order.yours")}
				</Menu.Item>
				<Menu.Item component={Link} to="/addresses" leftSection={<IconMapPin size={18} />}>
					{t("address.yours")}
				</Menu.Item>
				<Menu.Item component={Link} to="/studio" leftSection={<IconVideoPlus size={18} />}>
					{t("studio.title")}
				</Menu.Item>
				<Menu.Item leftSection={<IconLogout size={18} />} onClick={leave}>
					{t("account.signOut")}
				</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	);
}

function leave(): void {
	forgetMail();
	void signOut();
}
