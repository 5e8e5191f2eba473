/** What is wrong with a page, as somebody finds it who looks at it, or uses it without a mouse. */
import { en } from "../../web/src/i18n/en.ts";
import type { Visit } from "../harness/browser.ts";
import { type Person, post } from "../harness/people.ts";
import { until } from "../harness/until.ts";

interface Entry {
	readonly edge: string;
	/** Nobody: a guest. */
	readonly person: Person | undefined;
	readonly language: string;
}

/** Makes a new profile one in which somebody has signed in and chosen a language before. */
export async function enter(visit: Visit, { edge, person, language }: Entry): Promise<void> {
	const items: Record<string, string> = { language };
	if (person) {
		const { username, password } = person;
		// Tokens are used up: each profile has a session of its own.
		const session = await post<Person>(edge, "/auth/sessions", { username, password });
		const { refreshToken } = session;
		items.session = JSON.stringify({ userId: person.id, refreshToken });
	}
	await visit.context.addInitScript(remember, items);
}

/** Runs in the page, before its own scripts. */
function remember(items: Readonly<Record<string, string>>): void {
	const { localStorage: storage } = globalThis as unknown as {
		localStorage: { getItem(key: string): string | null; setItem(key: string, text: string): void };
	};
	for (const [key, text] of Object.entries(items)) {
		// The page has traded a session for another one since.
		if (storage.getItem(key) === null) storage.setItem(key, text);
	}
}

/** As by a link in the page that is open, which is much faster than a page from anew. */
export async function follow({ page }: Visit, path: string): Promise<void> {
	await page.evaluate(`(() => {
		document.querySelector("h1").dataset.left = "";
		history.pushState(null, "", "${path}");
		dispatchEvent(new PopStateEvent("popstate"));
	})()`);
}

/** Back when nothing that is shown stands for something that is still to come. */
export const untilThere = ({ page, problems }: Visit): Promise<void> =>
	until(async () => {
		const waits = await page.evaluate(`[
			!document.querySelector("h1") && "a heading",
			document.querySelector("h1[data-left]") && "the next page",
			document.querySelector(".mantine-Skeleton-root") && "what its shapes stand for",
			document.querySelector("[aria-busy=true]") && "a part that is busy"
		].filter(Boolean).join(", ")`);
		if (waits === "") return true;
		throw new Error(`${page.url()} still waits for ${waits}; ${problems}`);
	}, 60_000);

/** `home.title`, or `{{count}}`: words that the language does not have, or did not fill. */
const holes = new RegExp(`\\b(?:${Object.keys(en).join("|")})\\.[a-z]\\w+\\b|\\{\\{`, "i");

/** What is wrong with the page that is open. */
export async function faultsOfLook({ page }: Visit, language: string): Promise<string[]> {
	const seen = (await page.evaluate(`({
		title: document.title,
		language: document.documentElement.lang,
		headings: document.querySelectorAll("h1").length,
		text: document.body.innerText,
		labels: [...document.querySelectorAll("[aria-label]")].map((one) => one.ariaLabel).join(" "),
		over: document.scrollingElement.scrollWidth - innerWidth,
		widest: [...document.querySelectorAll("main *")]
			.filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
			.slice(0, 3).map((one) => one.tagName + "." + one.className)
	})`)) as Seen;
	const hole = holes.exec(`${seen.text} ${seen.labels} ${seen.title}`)?.[0];
	return [
		seen.over > 0 ? `is ${seen.over} px wider than the window: ${seen.widest.join(", ")}` : "",
		seen.headings === 1 ? "" : `has ${seen.headings} first headings`,
		seen.title.trim() === "" || seen.title === en.app.name ? `is called "${seen.title}"` : "",
		seen.language === language ? "" : `speaks ${seen.language}`,
		hole === undefined ? "" : `says "${hole}"`
	].filter((text) => text !== "");
}

interface Seen {
	readonly title: string;
	readonly language: string;
	readonly headings: number;
	readonly text: string;
	readonly labels: string;
	readonly over: number;
	readonly widest: readonly string[];
}

/** What went wrong besides; whoever goes to the next page ends what the last one asked for. */
export const faultsOfLoading = ({ problems }: Visit): string[] =>
	problems.filter((problem) => !problem.endsWith("net::ERR_ABORTED"));

/** Where the keyboard is now. */
const place = `(() => {
	const one = document.activeElement;
	const { outlineStyle, outlineWidth } = getComputedStyle(one);
	const ring = outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
	const words = one.getAttribute("aria-label") ?? one.textContent ?? "";
	return { words: words.trim(), ring, dialog: one.closest("[role=dialog]") !== null };
})()`;

interface Place {
	readonly words: string;
	readonly ring: boolean;
	readonly dialog: boolean;
}

/** Goes through the header into the sign-in dialog, round in it, and out again. */
export async function faultsOfKeys({ page }: Visit): Promise<string[]> {
	const at = async () => (await page.evaluate(place)) as Place;
	const found: string[] = [];
	const order = [
		...[en.app.skip, en.app.name, en.cart.title],
		...[en.app.language, en.app.themeDark, en.account.signIn]
	];
	for (const words of order) {
		await page.keyboard.press("Tab");
		const now = await at();
		if (now.words !== words) found.push(`"${now.words}" comes in place of "${words}"`);
		if (!now.ring) found.push(`nothing shows that the keyboard is at "${now.words}"`);
	}
	await page.keyboard.press("Enter");
	await until(async () => (await at()).dialog, 30_000);
	// More often than there are stops in it.
	for (let step = 0; step < 12; step += 1) {
		await page.keyboard.press("Tab");
		const { words, dialog } = await at();
		if (!dialog) found.push(`the keyboard leaves the dialog for "${words}"`);
	}
	await page.keyboard.press("Escape");
	await page.getByRole("dialog").waitFor({ state: "detached", timeout: 30_000 });
	await until(async () => (await at()).words === en.account.signIn, 30_000);
	return found;
}
