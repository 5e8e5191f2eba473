import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";

export function NameForm() {
	const { t } = useTranslation();
	const form = useForm({ initialValues: { username: "", password: "" } });
	const enter = useMutation({ mutationFn: signIn });
	return (
		<form onSubmit={form.onSubmit((values) => enter.mutate(values))}>
			<Stack>
				<TextInput
					autoComplete="username"
					autoCapitalize="none"
					label={t("account.username")}
					required
					{...form.getInputProps("username")}
				/>
				<PasswordInput
					autoComplete="current-password"
					label={t("account.password")}
					visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
					required
					{...form.getInputProps("password")}
				/>
				<FormError error={enter.error} />
				<Button type="submit" loading={enter.isPending}>
					{t("account.signIn")}
				</Button>
			</Stack>
		</form>
	);
}
