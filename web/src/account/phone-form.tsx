import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type GetInputPropsReturnType, useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { limits } from "../../../config/limits.ts";
import { call, signIn } from "../api/index.ts";
import { FormError } from "../shell/form-error.tsx";

export function PhoneForm() {
	const { t } = useTranslation();
	const form = useForm({ initialValues: { phone: "", code: "" } });
	const request = useMutation({
		mutationFn: (phone: string) => call("auth.requestCode", { phone })
	});
	const enter = useMutation({ mutationFn: signIn });
	const wait = useCountdown(request.data?.resendIn, request.submittedAt);
	const { phone } = form.values;
	return (
		<form onSubmit={form.onSubmit((values) => enter.mutate(values))}>
			<Stack>
				<TextInput
					type="tel"
					autoComplete="tel"
					label={t("account.phone")}
					description={t("account.phoneHint")}
					required
					data-autofocus
					{...form.getInputProps("phone")}
				/>
				<Button
					variant={request.data ? "default" : "filled"}
					loading={request.isPending}
					disabled={phone.trim() === "" || wait > 0}
					onClick={() => request.mutate(phone)}
				>
					{wait > 0 ? t("account.resendIn", { seconds: wait }) : t("account.sendCode")}
				</Button>
				{request.data && <CodeStep isBusy={enter.isPending} input={form.getInputProps("code")} />}
				<FormError error={enter.error ?? request.error} />
				<Text size="xs" c="dimmed">
					{t("account.firstTime")}
				</Text>
			</Stack>
		</form>
	);
}

interface CodeStepProps {
	readonly isBusy: boolean;
	readonly input: GetInputPropsReturnType;
}

function CodeStep({ isBusy, input }: CodeStepProps) {
	const { t } = useTranslation();
	return (
		<>
			<Text size="sm" role="status">
				{t("account.codeSent")}
			</Text>
			<TextInput
				inputMode="numeric"
				autoComplete="one-time-code"
				maxLength={limits.signInCodeDigits}
				label={t("account.code")}
				required
				{...input}
			/>
			<Button type="submit" loading={isBusy}>
				{t("account.signIn")}
			</Button>
		</>
	);
}

/** Seconds that are left of `seconds` since `from` (milliseconds since 1970). */
function useCountdown(seconds: number | undefined, from: number): number {
	const [left, setLeft] = useState(0);
	useEffect(() => {
		const look = () => {
			const passed = (Date.now() - from) / 1_000;
			setLeft(Math.max(0, Math.ceil((seconds ?? 0) - passed)));
		};
		look();
		const timer = setInterval(look, 1_000);
		return () => clearInterval(timer);
	}, [seconds, from]);
	return left;
}
