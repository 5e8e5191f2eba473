/** How every page looks and reads: small and wide, light and dark, in each language. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import type { Language } from "../../web/src/i18n/languages.ts";
import { faultsOf } from "../harness/accessibility.ts";
import { type Browser, startBrowser, type Visit, type VisitOptions } from "../harness/browser.ts";
import { type RunningPlatform, startEmbedded } from "../harness/platforms.ts";
import { tools } from "../harness/tools.ts";
import {
	enter,
	faultsOfKeys,
	faultsOfLoading,
	faultsOfLook,
	follow,
	untilThere
} from "./pages-look.ts";
import { type Furnished, furnish } from "./pages-stage.ts";

const startMs = 120_000;
const testMs = 120_000;

type Who = "guest" | "buyer" | "host" | "newcomer";

interface Row {
	/** The last one has most to see. */
	readonly as: readonly Who[];
	/** Its address, where that is not the route itself. */
	readonly address?: (furnished: Furnished) => string;
}

interface Look extends VisitOptions {
	readonly name: string;
	readonly language: Language;
	/** Else those who have most to see. */
	readonly byAll: boolean;
}

/** A row for each route of the pages, and who looks at it. */
const rows: Readonly<Record<string, Row>> = {
	"/": { as: ["guest", "buyer"] },
	"/rooms/:id": { as: ["guest", "buyer", "host"], address: ({ roomId }) => `/rooms/${roomId}` },
	"/wallet": { as: ["guest", "buyer"] },
	"/cart": { as: ["guest", "buyer"] },
	"/checkout": { as: ["guest", "buyer"] },
	"/orders": { as: ["newcomer", "buyer"] },
	"/orders/:id": { as: ["buyer"], address: ({ orderId }) => `/orders/${orderId}` },
	"/addresses": { as: ["newcomer", "buyer"] },
	"/studio": { as: ["newcomer", "host"] },
	"/studio/products": { as: ["host"] },
	"/studio/orders": { as: ["newcomer", "host"] },
	"/studio/:id": { as: ["host"], address: ({ roomId }) => `/studio/${roomId}` },
	"*": { as: ["guest", "buyer"], address: () => "/no/such/page" }
};

const phone = { width: 320, height: 640 } as const;
const desk = { width: 1_440, height: 900 } as const;

/** Each width in each of the colours, and each language once at least. */
const looks: readonly Look[] = [
	{
		name: "small and light, in English",
		language: "en",
		...phone,
		colorScheme: "light",
		byAll: true
	},
	{
		name: "small and dark, in Korean",
		language: "ko",
		...phone,
		colorScheme: "dark",
		byAll: false
	},
	{
		name: "wide and light, in Chinese",
		language: "zh",
		...desk,
		colorScheme: "light",
		byAll: false
	},
	{ name: "wide and dark, in English", language: "en", ...desk, colorScheme: "dark", byAll: false }
];

const lookers = ({ as }: Row, { byAll }: Look): readonly Who[] => (byAll ? as : as.slice(-1));

describe.skipIf(!tools.chromium)("every page", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-pages-"));
	let platform: RunningPlatform | undefined;
	let browser: Browser | undefined;
	let furnished: Furnished | undefined;
	let edge = "";

	beforeAll(async () => {
		[platform, browser] = await Promise.all([startEmbedded(folder), startBrowser()]);
		edge = platform.edges[0] ?? "";
		furnished = await furnish(edge);
	}, startMs);
	afterAll(async () => {
		await browser?.close();
		await platform?.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}, startMs);

	/** A profile of somebody who is signed in, where it is not a guest's. */
	async function visitAs(who: Who, options: VisitOptions, language: string): Promise<Visit> {
		const visit = await (browser as Browser).visit(options);
		const person = who === "guest" ? undefined : furnished?.[who];
		await enter(visit, { edge, person, language });
		return visit;
	}

	it("has a row here", () => {
		const source = readFileSync(
			fileURLToPath(new URL("../../web/src/app.tsx", import.meta.url)),
			"utf8"
		);
		const routes = [...source.matchAll(/<Route path="([^"]+)"/g)].map(([, path]) => path);
		expect(Object.keys(rows).sort()).toEqual(routes.sort());
		expect(source.match(/<Route\s/g)).toHaveLength(routes.length);
	});

	/** What somebody finds who goes through the pages. */
	async function faultsFor(who: Who, look: Look): Promise<string[]> {
		const visit = await visitAs(who, look, look.language);
		const found: string[] = [];
		await visit.page.goto(`${edge}/no/such/page`);
		await untilThere(visit);
		for (const [route, row] of Object.entries(rows)) {
			if (!lookers(row, look).includes(who)) continue;
			await follow(visit, row.address?.(furnished as Furnished) ?? route);
			await untilThere(visit);
			const faults = [
				...(await faultsOfLook(visit, look.language)),
				...((await faultsOf(visit, "body")) as string[])
			];
			found.push(...faults.map((text) => `${route} as ${who}: ${text}`));
		}
		found.push(...faultsOfLoading(visit));
		await visit.close();
		return found;
	}

	it.each(looks)(
		"is whole: $name",
		async (look) => {
			const people = new Set(Object.values(rows).flatMap((row) => lookers(row, look)));
			// Each has a profile of their own: they need not wait for one another.
			const found = await Promise.all([...people].map((who) => faultsFor(who, look)));
			expect(found.flat()).toEqual([]);
		},
		testMs
	);

	it(
		"can be used by the keyboard alone",
		async () => {
			const visit = await visitAs("guest", phone, "en");
			await visit.page.goto(edge);
			await untilThere(visit);
			expect(await faultsOfKeys(visit)).toEqual([]);
			await visit.close();
		},
		testMs
	);

	it(
		"has menus and dialogs that everybody can use",
		async () => {
			const visit = await visitAs("guest", { ...phone, colorScheme: "dark" }, "en");
			const { page } = visit;
			await page.goto(edge);
			await untilThere(visit);
			await page.getByRole("button", { name: en.app.language }).click();
			await page.getByRole("menuitem").first().waitFor();
			expect(await faultsOf(visit, "body")).toEqual([]);
			await page.keyboard.press("Escape");
			await page.getByRole("menuitem").first().waitFor({ state: "detached" });
			await page.getByRole("button", { name: en.account.signIn }).click();
			await page.getByRole("dialog").waitFor();
			expect(await faultsOf(visit, "body")).toEqual([]);
			await visit.close();
		},
		testMs
	);

	it(
		"says what could not be loaded, and loads it when asked again",
		async () => {
			const visit = await visitAs("guest", phone, "en");
			const { page } = visit;
			await page.route("**/api/rooms?**", (route) => route.abort());
			await page.goto(edge);
			const alerts = page.getByRole("alert").filter({ hasText: en.app.loadFailed });
			await alerts.nth(2).waitFor({ timeout: 60_000 });
			await page.unroute("**/api/rooms?**");
			await alerts.first().getByRole("button", { name: en.app.retry }).click();
			await page.getByRole("article").first().waitFor({ timeout: 30_000 });
			await visit.close();
		},
		testMs
	);

	it("shows a sign in place of a picture that is broken", async () => {
		const visit = await visitAs("guest", phone, "en");
		const { page } = visit;
		await page.route("**/api/rooms?**", async (route) => {
			const answer = await route.fetch();
			const { items } = (await answer.json()) as { items: object[] };
			await route.fulfill({
				json: { items: items.map((room) => ({ ...room, coverUrl: "/files/0" })) }
			});
		});
		await page.goto(edge);
		await page.locator("article svg").first().waitFor({ timeout: 30_000 });
		await page.locator("article img").first().waitFor({ state: "detached", timeout: 30_000 });
		await visit.close();
	});
});
