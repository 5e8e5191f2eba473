import { Anchor, Modal, Stack, Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NameForm } from "./name-form.tsx";
import { PhoneForm } from "./phone-form.tsx";
import { RegisterForm } from "./register-form.tsx";

interface SignInDialogProps {
	readonly opened: boolean;
	readonly close: () => void;
}

export function SignInDialog({ opened, close }: SignInDialogProps) {
	const { t } = useTranslation();
	const [registers, setRegisters] = useState(false);
	return (
		<Modal
			opened={opened}
			onClose={close}
			title={registers ? t("account.register") : t("account.signIn")}
			closeButtonProps={{ "aria-label": t("app.close") }}
			centered
		>
			<Stack>
				{registers ? <RegisterForm /> : <SignInTabs />}
				<Anchor component="button" type="button" onClick={() => setRegisters(!registers)}>
					{registers ? t("account.haveAccount") : t("account.newHere")}
				</Anchor>
			</Stack>
		</Modal>
	);
}

function SignInTabs() {
	const { t } = useTranslation();
	return (
		<Tabs defaultValue="phone">
			<Tabs.List grow mb="md">
				<Tabs.Tab value="phone">{t("account.byPhone")}</Tabs.Tab>
				<Tabs.Tab value="name">{t("account.byName")}</Tabs.Tab>
			</Tabs.List>
			<Tabs.Panel value="phone">
				<PhoneForm />
			</Tabs.Panel>
			<Tabs.Panel value="name">
				<NameForm />
			</Tabs.Panel>
		</Tabs>
	);
}
