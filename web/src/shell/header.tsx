import {
	ActionIcon,
	Button,
	Menu,
	useComputedColorScheme,
	useMantineColorScheme
} from "@mantine/core";
import { IconLanguage, IconMoon, IconSun, IconVideoPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { AccountMenu } from "../account/account-menu.tsx";
import { useSignIn } from "../account/account-provider.tsx";
import { useUserId } from "../api/index.ts";
import { speak } from "../i18n/index.ts";
import { type Language, languages } from "../i18n/languages.ts";
import { MailButton } from "../mail/mail-button.tsx";
import { CartButton } from "../shop/cart-button.tsx";
import classes from "./shell.module.css";

export function Header() {
	const { t } = useTranslation();
	const openSignIn = useSignIn();
	const userId = useUserId();
	return (
		<header className={classes.header}>
			<nav className={classes.bar} aria-label={t("app.name")}>
				<Link to="/" className={classes.brand}>
					<img src="/icon.svg" alt="" />
					<span className={classes.name}>{t("app.name")}</span>
				</Link>
				<ActionIcon
					component={Link}
					to="/studio"
					// On a phone the account's menu leads there.
					visibleFrom="xs"
					size={44}
					variant="subtle"
					color="gray"
					aria-label={t("studio.title")}
					title={t("studio.title")}
				>
					<IconVideoPlus size={22} />
				</ActionIcon>
				{userId && <MailButton />}
				<CartButton />
				<LanguageMenu />
				<ColorSwitch />
				{userId ? (
					<AccountMenu />
				) : (
					<Button ml={4} className={classes.signIn ?? ""} onClick={openSignIn}>
						{t("account.signIn")}
					</Button>
				)}
			</nav>
		</header>
	);
}

function LanguageMenu() {
	const { t, i18n } = useTranslation();
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<ActionIcon
					size={44}
					variant="subtle"
					color="gray"
					aria-label={t("app.language")}
					title={t("app.language")}
				>
					<IconLanguage size={22} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				{(Object.keys(languages) as Language[]).map((language) => (
					<Menu.Item
						key={language}
						lang={language}
						fw={language === i18n.language ? 700 : 400}
						aria-current={language === i18n.language}
						onClick={() => speak(language)}
					>
						{languages[language]}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	);
}

function ColorSwitch() {
	const { t } = useTranslation();
	const { setColorScheme } = useMantineColorScheme();
	const isDark = useComputedColorScheme("light") === "dark";
	const label = isDark ? t("app.themeLight") : t("app.themeDark");
	return (
		<ActionIcon
			size={44}
			variant="subtle"
			color="gray"
			aria-label={label}
			title={label}
			onClick={() => setColorScheme(isDark ? "light" : "dark")}
		>
			{isDark ? <IconSun size={22} /> : <IconMoon size={22} />}
		</ActionIcon>
	);
}
