/** Starts the translations in the language that the visitor prefers. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en.ts";
import { ko } from "./ko.ts";
import { type Language, languages } from "./languages.ts";
import { zh } from "./zh.ts";

const storageKey = "language";
const isLanguage = (text: string | undefined): text is Language => (text ?? "") in languages;

function preferred(): Language {
	const wanted = [localStorage.getItem(storageKey) ?? "", ...navigator.languages];
	return wanted.map((tag) => tag.split("-")[0]).find(isLanguage) ?? "en";
}

i18next.on("languageChanged", (language) => {
	document.documentElement.lang = language;
});

void i18next.use(initReactI18next).init({
	lng: preferred(),
	fallbackLng: "en",
	resources: {
		en: { translation: en },
		zh: { translation: zh },
		ko: { translation: ko }
	},
	// React escapes what it shows.
	interpolation: { escapeValue: false },
	initAsync: false
});

export function speak(language: Language): void {
	localStorage.setItem(storageKey, language);
	void i18next.changeLanguage(language);
}

declare module "i18next" {
	interface CustomTypeOptions {
		resources: { translation: typeof en };
	}
}
