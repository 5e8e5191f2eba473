/** What sellers write: made tidy, or refused. */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Static } from "../../lib/schemas.ts";
import { productErrors } from "./products.errors.ts";
import {
	type AttributeList,
	type CategoryNode,
	tidyAttributes,
	tidyDescription,
	tidyWord
} from "./products.rules.ts";
import type { NewSku, Price, SkuChange } from "./products.schemas.ts";
import type { NewSkuValues, ProductChanges, SkuChanges } from "./products.writing.ts";

interface Texts {
	readonly title?: string;
	readonly description?: string;
	readonly pictures?: string[];
	readonly category?: string;
}

/** Only what was given. Throws PRODUCT_TEXT_NOT_ALLOWED or CATEGORY_UNKNOWN. */
export function wordsOf(
	texts: Texts,
	categories: readonly CategoryNode[]
): ProductChanges["words"] {
	const { pictures } = texts;
	return {
		...(texts.title === undefined ? {} : { title: titleOf(texts.title) }),
		...(texts.description === undefined ? {} : { description: descriptionOf(texts.description) }),
		...(pictures === undefined ? {} : { pictures: [...new Set(pictures)] }),
		...(texts.category === undefined ? {} : { categoryId: idOf(texts.category, categories) })
	};
}

function titleOf(text: string): string {
	const title = tidyWord(text, limits.productTitleCharactersMax);
	if (title === undefined) throw productErrors.PRODUCT_TEXT_NOT_ALLOWED({ field: "title" });
	return title;
}

function descriptionOf(text: string): string {
	const tidy = tidyDescription(text);
	if (tidy === undefined) throw productErrors.PRODUCT_TEXT_NOT_ALLOWED({ field: "description" });
	return tidy;
}

function idOf(slug: string, categories: readonly CategoryNode[]): string {
	const category = categories.find((one) => one.slug === slug);
	if (!category) throw productErrors.CATEGORY_UNKNOWN({ category: slug });
	return category.id;
}

function attributesOf(attributes: AttributeList): AttributeList {
	const tidy = tidyAttributes(attributes);
	if (!tidy) throw productErrors.PRODUCT_TEXT_NOT_ALLOWED({ field: "attributes" });
	return tidy;
}

function priceOf({ amount, currency }: Static<typeof Price>, allowed: string) {
	if (currency !== allowed) throw productErrors.CURRENCY_NOT_ALLOWED({ currency: allowed });
	return { price: amount, currency };
}

/** Throws CURRENCY_NOT_ALLOWED or PRODUCT_TEXT_NOT_ALLOWED. */
export const newSkusOf = (
	skus: readonly Static<typeof NewSku>[],
	ids: readonly string[],
	currency: string
): NewSkuValues[] =>
	skus.map(({ attributes = [], price, stock }, index) => ({
		id: ids[index] as string,
		attributes: attributesOf(attributes),
		...priceOf(price, currency),
		stock
	}));

/**
 * `ids` are for those that are new. Stock of others is changed by an adjustment, which has a
 * reason, and never set here: what is sold meanwhile would come back. Throws VALIDATION_FAILED.
 */
export function skuChangesOf(
	skus: readonly Static<typeof SkuChange>[],
	ids: readonly string[],
	currency: string
): SkuChanges {
	const added: Static<typeof NewSku>[] = [];
	const changed: SkuChanges["changed"][number][] = [];
	for (const { id, attributes, price, stock, removed } of skus) {
		if (id === undefined) {
			if (!price || stock === undefined || removed) {
				throw commonErrors.VALIDATION_FAILED({ field: "skus" });
			}
			added.push({ ...(attributes ? { attributes } : {}), price, stock });
			continue;
		}
		if (stock !== undefined) throw commonErrors.VALIDATION_FAILED({ field: "skus.stock" });
		const values = {
			...(attributes ? { attributes: attributesOf(attributes) } : {}),
			...(price ? priceOf(price, currency) : {}),
			...(removed ? { removed } : {})
		};
		changed.push({ id, values });
	}
	return { added: newSkusOf(added, ids, currency), changed };
}
