import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { register } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";

export function RegisterForm() {
	const { t } = useTranslation();
	const form = useForm({ initialValues: { username: "", nickname: "", password: "" } });
	const enter = useMutation({ mutationFn: register });
	return (
		<form onSubmit={form.onSubmit((values) => enter.mutate(values))}>
			<Stack>
				<TextInput
					autoComplete="username"
					autoCapitalize="none"
					minLength={limits.usernameCharactersMin}
					maxLength={limits.usernameCharactersMax}
					label={t("account.username")}
					description={t("account.usernameHint")}
					required
					data-autofocus
					{...form.getInputProps("username")}
				/>
				<TextInput
					autoComplete="nickname"
					maxLength={limits.nicknameCharactersMax}
					label={t("account.nickname")}
					required
					{...form.getInputProps("nickname")}
				/>
				<PasswordInput
					autoComplete="new-password"
					minLength={limits.passwordCharactersMin}
					maxLength={limits.passwordCharactersMax}
					label={t("account.password")}
					description={t("account.passwordHint", { count: limits.passwordCharactersMin })}
					visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
					required
					{...form.getInputProps("password")}
				/>
				<FormError error={enter.error} />
				<Button type="submit" loading={enter.isPending}>
					{t("account.register")}
				</Button>
			</Stack>
		</form>
	);
}
