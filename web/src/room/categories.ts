import type { TFunction } from "i18next";
import { en } from "../i18n/en.ts";

/** The categories that the pages offer; the platform takes any word. */
export const categories = Object.keys(en.category) as (keyof typeof en.category)[];

const isOffered = (word: string): word is keyof typeof en.category =>
	Object.hasOwn(en.category, word);

export const categoryText = (t: TFunction, word: string): string =>
	isOffered(word) ? t(`category.${word}`) : word;
