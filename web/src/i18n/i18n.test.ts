import { createInstance } from "i18next";
import { describe, expect, it } from "vitest";
import { commonErrors } from "../../../lib/errors.ts";
import { allContracts } from "../../../services/contracts.ts";
import { gatewayErrors } from "../../../services/gateway/gateway.errors.ts";
import { imGateway, socketCalls } from "../../../services/im-gateway/im-gateway.contract.ts";
import { ApiError } from "../api/http.ts";
import { en } from "./en.ts";
import { errorText } from "./error-text.ts";
import { ko } from "./ko.ts";
import type { Language } from "./languages.ts";
import { zh } from "./zh.ts";

const all: Record<Language, object> = { en, zh, ko };
const others = Object.entries({ zh, ko });

/** `home.live` → its words. */
function wordsOf(table: object, prefix = ""): Map<string, string> {
	const found = new Map<string, string>();
	for (const [key, value] of Object.entries(table)) {
		if (typeof value === "string") found.set(prefix + key, value);
		else for (const [inner, words] of wordsOf(value, `${prefix}${key}.`)) found.set(inner, words);
	}
	return found;
}

const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

const errorsOf = (action: object): readonly string[] =>
	"errors" in action ? (action.errors as readonly string[]) : [];

/** What a page may be answered: all that people, not operators or services, call. */
const codes = new Set([
	...Object.keys(commonErrors.table),
	...Object.keys(gatewayErrors.table),
	...allContracts
		.flatMap(({ actions }) => Object.values(actions))
		.filter(({ rest, auth }) => rest !== undefined && auth !== "operator")
		.flatMap(({ errors }) => errors ?? []),
	...Object.values(socketCalls).flatMap((name) => errorsOf(imGateway.actions[name]))
]);

describe("languages", () => {
	it.each(others)("%s says everything that English says", (_, table) => {
		const english = wordsOf(en);
		const words = wordsOf(table);
		expect([...words.keys()]).toEqual([...english.keys()]);
		for (const [key, text] of words) {
			expect(text.trim(), key).not.toBe("");
			expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ""));
		}
	});

	it.each(Object.keys(all) as Language[])("%s has words for every error", async (language) => {
		const { t } = await speaking(language);
		const unknown = [...codes].filter((code) =>
			errorText(t, new ApiError(code, 400)).includes(code)
		);
		expect(unknown).toEqual([]);
	});

	it("names an error that has no words", async () => {
		const { t } = await speaking("en");
		expect(errorText(t, new ApiError("BRAND_NEW", 400))).toContain("BRAND_NEW");
		expect(errorText(t, new TypeError("bug"))).toBe(en.errors.INTERNAL);
	});
});

async function speaking(language: Language) {
	const instance = createInstance();
	await instance.init({ lng: language, resources: { [language]: { translation: all[language] } } });
	return instance;
}
