/** What keeps somebody from using a part of a page, by the rules of WCAG 2 A and AA (axe-core). */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Visit } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rule and place of each fault, once what moves has come to rest: half a fade has no contrast. */
export const faultsOf = ({ page }: Pick<Visit, "page">, part: string): Promise<unknown> =>
	page.evaluate(`(async () => {
		const ends = document.getAnimations()
			.filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
		await Promise.allSettled(ends.map(({ finished }) => finished));
		${axe}
		const { violations } = await axe.run("${part}", { runOnly: ["wcag2a", "wcag2aa"] });
		return violations.map(({ id, nodes }) => id + " at " + nodes[0].target);
	})()`);
