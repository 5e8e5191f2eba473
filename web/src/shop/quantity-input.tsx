import { ActionIcon, Group, NumberInput } from "@mantine/core";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface QuantityInputProps {
	readonly value: number;
	readonly max: number;
	/** What there is so much of, for those who cannot see it. */
	readonly label: string;
	readonly onChange: (value: number) => void;
	readonly disabled?: boolean;
}

/** From 1 to `max`, by buttons or keys. */
export function QuantityInput({ value, max, label, onChange, disabled }: QuantityInputProps) {
	const { t } = useTranslation();
	const set = (next: number) => onChange(Math.min(Math.max(next, 1), Math.max(max, 1)));
	return (
		<Group gap={4} wrap="nowrap" role="group" aria-label={label}>
			<ActionIcon
				size={44}
				variant="default"
				aria-label={t("shop.less")}
				disabled={disabled || value <= 1}
				onClick={() => set(value - 1)}
			>
				<IconMinus size={18} />
			</ActionIcon>
			<NumberInput
				aria-label={label}
				value={value}
				min={1}
				max={max}
				allowDecimal={false}
				allowNegative={false}
				hideControls
				size="md"
				w={64}
				styles={{ input: { height: 44, textAlign: "center" } }}
				disabled={disabled ?? false}
				onChange={(next) => typeof next === "number" && set(next)}
			/>
			<ActionIcon
				size={44}
				variant="default"
				aria-label={t("shop.more")}
				disabled={disabled || value >= max}
				onClick={() => set(value + 1)}
			>
				<IconPlus size={18} />
			</ActionIcon>
		</Group>
	);
}
