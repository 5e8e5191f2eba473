/** What an address may say. Pure. */
import { countryCodes } from "../../lib/countries.ts";

const countries: ReadonlySet<string> = new Set(countryCodes);

export const isCountry = (code: string): boolean => countries.has(code);

/** One kind of letters, no blanks around; what was null stays so. */
export const tidy = <Text extends string | null>(text: Text): Text =>
	(text === null ? null : text.normalize("NFC").trim()) as Text;
