import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/index.ts";
import type { Gift } from "./sending.ts";

/** Operators change it now and then. */
const freshMilliseconds = 60_000;

const query = queryOptions({ queryKey: ["gifts"], queryFn: () => call("gifts.list", {}) });

/** What can be given, the cheapest first. */
export const useGifts = () => useQuery({ ...query, staleTime: freshMilliseconds });

/**
 * The name of a gift in the present language; one that is not in the catalogue keeps the name that
 * it came with. Asks once for a page: all viewers of a room see a gift in the same moment, and
 * would ask together.
 */
export function useGiftName(): (gift: Pick<Gift, "id" | "name">) => string {
	const { data } = useQuery({ ...query, staleTime: Number.POSITIVE_INFINITY });
	const { language } = useTranslation().i18n;
	return ({ id, name }) => {
		const names = data?.items.find((gift) => gift.id === id)?.names;
		return (names && isIn(names, language) && names[language]) || name;
	};
}

const isIn = <T extends object>(table: T, key: string): key is Extract<keyof T, string> =>
	Object.hasOwn(table, key);
