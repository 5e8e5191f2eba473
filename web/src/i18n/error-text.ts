import type { TFunction } from "i18next";
import { ApiError } from "../api/http.ts";
import { en } from "./en.ts";

type Code = keyof typeof en.errors;

const isKnown = (code: string): code is Code => Object.hasOwn(en.errors, code);

/** What a person reads of an error; a code without words is named, so that it can be reported. */
export function errorText(t: TFunction, error: unknown): string {
	const code = error instanceof ApiError ? error.code : "INTERNAL";
	return isKnown(code) ? t(`errors.${code}`) : t("errors.UNKNOWN", { code });
}
