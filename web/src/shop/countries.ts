import { countryCodes } from "../../../lib/countries.ts";

const homes: Readonly<Record<string, string>> = { en: "US", zh: "CN", ko: "KR" };

/** The likeliest country of who speaks this language. */
export const homeOf = (language: string): string => homes[language] ?? "US";

/** In a language's own words and order. */
export function countriesIn(language: string): { value: string; label: string }[] {
	const names = new Intl.DisplayNames(language, { type: "region" });
	const { compare } = new Intl.Collator(language);
	return countryCodes
		.map((value) => ({ value, label: names.of(value) ?? value }))
		.sort((one, other) => compare(one.label, other.label));
}

export const countryName = (code: string, language: string): string =>
	new Intl.DisplayNames(language, { type: "region" }).of(code) ?? code;
