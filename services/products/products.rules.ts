/** What states a product has, and what its words and SKUs may be. */
import { limits } from "../../config/limits.ts";
import type { Static } from "../../lib/schemas.ts";
import type { Attributes, ProductStatus } from "./products.schemas.ts";

export type Status = Static<typeof ProductStatus>;
export type AttributeList = Static<typeof Attributes>;

/** `blocked` is the operator's word: only they take it back. */
const steps = {
	publish: { draft: "published", published: "published", withdrawn: "published", blocked: null },
	withdraw: { draft: null, published: "withdrawn", withdrawn: "withdrawn", blocked: null },
	block: { draft: "blocked", published: "blocked", withdrawn: "blocked", blocked: "blocked" },
	unblock: { draft: "draft", published: "published", withdrawn: "withdrawn", blocked: "withdrawn" }
} as const satisfies Record<string, Record<Status, Status | null>>;

export type Step = keyof typeof steps;

/** The state after a step; null where the step is not allowed. */
export const after = (status: Status, step: Step): Status | null => steps[step][status];

/** Control characters, halves of letters, what no font has; line breaks are looked at apart. */
const unshowable = /[^\P{Cc}\n\t]|[\p{Cs}\p{Co}\p{Cn}]/u;
const showable = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** One space where there were several, nothing around; undefined where nothing can be shown. */
export function tidyWord(text: string, charactersMax: number): string | undefined {
	const word = text.normalize("NFC").replace(/\s+/gu, " ").trim();
	if (word.length > charactersMax || unshowable.test(word)) return undefined;
	return showable.test(word) ? word : undefined;
}

/** Lines stay lines; undefined where something cannot be shown. */
export function tidyDescription(text: string): string | undefined {
	const description = text.normalize("NFC").replace(/\r\n?/gu, "\n").trim();
	if (description.length > limits.productDescriptionCharactersMax) return undefined;
	return unshowable.test(description) ? undefined : description;
}

/** Attributes as they are kept; undefined when a word cannot be shown or a name stands twice. */
export function tidyAttributes(attributes: AttributeList): AttributeList | undefined {
	const tidy = attributes.flatMap((attribute) => {
		const name = tidyWord(attribute.name, limits.skuAttributeNameCharactersMax);
		const value = tidyWord(attribute.value, limits.skuAttributeValueCharactersMax);
		return name === undefined || value === undefined ? [] : [{ name, value }];
	});
	const names = new Set(tidy.map(({ name }) => name));
	return names.size === attributes.length ? tidy : undefined;
}

/** Whether two of the lists say the same, in whatever order. */
export function anyAlike(lists: readonly AttributeList[]): boolean {
	const said = lists.map((list) =>
		JSON.stringify(list.map(({ name, value }) => JSON.stringify([name, value])).sort())
	);
	return new Set(said).size < said.length;
}

export interface CategoryNode {
	readonly id: string;
	readonly slug: string;
	readonly parentId: string | null;
}

/** The ids of a category and all below it; empty when there is no such slug. */
export function subtreeOf(all: readonly CategoryNode[], slug: string): string[] {
	const root = all.find((category) => category.slug === slug);
	if (!root) return [];
	const found = [root.id];
	// The list grows while it is walked; a category below itself would stand in it once.
	for (const id of found) {
		for (const child of all) {
			if (child.parentId === id && !found.includes(child.id)) found.push(child.id);
		}
	}
	return found;
}
