import { useTranslation } from "react-i18next";
import { formatMoney, type Money } from "../../../lib/money.ts";

/** Numbers, moments and lengths as the present language writes them. */
export function useFormat() {
	const { language } = useTranslation().i18n;
	const numbers = new Intl.NumberFormat(language, {
		notation: "compact",
		maximumFractionDigits: 1
	});
	const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
	const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
	return {
		number: (value: number) => numbers.format(value),
		/** Coins and the like, to the last one. */
		exact: (value: number) => whole.format(value),
		money: (value: Money) => formatMoney(value, language),
		moment: (time: string) => moments.format(new Date(time)),
		/** `1:05:09` between two moments. */
		length: (from: string, to: string) => lengthText(Date.parse(to) - Date.parse(from))
	};
}

function lengthText(milliseconds: number): string {
	const seconds = Math.max(0, Math.round(milliseconds / 1_000));
	const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
	return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}
