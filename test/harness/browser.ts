/**
 * The system's Chromium, headless, driven by Playwright:
 *
 * ```ts
 * const browser = await startBrowser();
 * const visit = await browser.visit({ width: 390, height: 844 });
 * await visit.page.goto(url);
 * expect(visit.problems).toEqual([]);
 * ```
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { tools } from "./tools.ts";

/** What was done with a page, and what went wrong on it. */
export interface Visit {
	readonly page: Page;
	readonly context: BrowserContext;
	/** Errors of the console and of scripts, and requests that failed or were refused, in order. */
	readonly problems: readonly string[];
	/** Kept as `test-results/<name>.png`, for people to look at; its path. */
	screenshot(name: string): Promise<string>;
	close(): Promise<void>;
}

export interface VisitOptions {
	readonly width?: number;
	readonly height?: number;
	/** Language of the browser: en-US unless told. */
	readonly locale?: string;
	readonly colorScheme?: "light" | "dark";
}

export interface Browser {
	/** A new profile, with nothing of other visits in it. */
	visit(options?: VisitOptions): Promise<Visit>;
	close(): Promise<void>;
}

const results = fileURLToPath(new URL("../../test-results", import.meta.url));

const flags = [
	// Chromium refuses its sandbox to root, which is who tests often run as in containers.
	"--no-sandbox",
	"--disable-gpu",
	"--disable-dev-shm-usage",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--autoplay-policy=no-user-gesture-required"
];

export async function startBrowser(): Promise<Browser> {
	if (!tools.chromium) throw new Error("Chromium is not installed: npm run setup:servers");
	const browser = await chromium.launch({ executablePath: tools.chromium, args: flags });
	return {
		visit: async (options = {}) => {
			const { width = 1280, height = 800, locale = "en-US", colorScheme = "light" } = options;
			const context = await browser.newContext({
				viewport: { width, height },
				locale,
				colorScheme,
				serviceWorkers: "block"
			});
			return visitOf(context, await context.newPage());
		},
		close: () => browser.close()
	};
}

function visitOf(context: BrowserContext, page: Page): Visit {
	const problems: string[] = [];
	page.on("console", (message) => {
		if (message.type() === "error") problems.push(`console: ${message.text()}`);
	});
	page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
	page.on("requestfailed", (request) => {
		const why = request.failure()?.errorText ?? "failed";
		problems.push(`${request.method()} ${pathOf(request.url())}: ${why}`);
	});
	page.on("response", (response) => {
		if (response.status() < 400) return;
		const request = response.request();
		problems.push(`${request.method()} ${pathOf(request.url())}: ${response.status()}`);
	});
	return {
		page,
		context,
		problems,
		async screenshot(name) {
			mkdirSync(results, { recursive: true });
			const path = join(results, `${name}.png`);
			await page.screenshot({ path });
			return path;
		},
		close: () => context.close()
	};
}

/** Without the query: it may hold a signature. */
const pathOf = (url: string): string => url.replace(/[?#].*$/, "");
