/** Each under its own name, so that everybody finds theirs. */
export const languages = { en: "English", zh: "中文", ko: "한국어" } as const;
export type Language = keyof typeof languages;
