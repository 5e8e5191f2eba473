/** The sandbox's page in Chromium: on a phone, by keyboard, and for those who do not see it. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxProvider } from "../../services/payments/providers/sandbox.ts";
import { type Browser, startBrowser } from "../harness/browser.ts";
import { sandboxSecret, startTill } from "../harness/sandbox.ts";
import { tools } from "../harness/tools.ts";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

describe.skipIf(!tools.chromium)("the sandbox's page", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-page-"));
	let till: Awaited<ReturnType<typeof startTill>>;
	let browser: Browser;
	let nextIntent = 1_001;
	const shop = createServer((_, response) => {
		response.setHeader("content-type", "text/html");
		response.end("<!doctype html><title>Shop</title><link rel=icon href=data:,><h1>Shop</h1>");
	});

	beforeAll(async () => {
		till = await startTill(folder);
		await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
		browser = await startBrowser();
	});
	afterAll(async () => {
		await browser?.close();
		till?.stop();
		shop.close();
		rmSync(folder, { recursive: true, force: true });
	});

	async function checkout() {
		const intentId = String(nextIntent++);
		const provider = sandboxProvider({ url: till.url, secret: sandboxSecret });
		const returnUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/wallet`;
		const { url } = await provider.createCheckout({
			...{ intentId, amount: 500, currency: "USD", description: "500 coins", returnUrl },
			expiresAt: new Date(Date.now() + 600_000)
		});
		const kind = async () => (await provider.fetchStatus(intentId))?.kind;
		return { url, returnUrl, kind };
	}

	it.each(["light", "dark"] as const)("fits a phone and has no fault, %s", async (colorScheme) => {
		const { url } = await checkout();
		const visit = await browser.visit({ width: 320, height: 640, colorScheme });
		await visit.page.goto(`${url}?switches=late`);
		await visit.page.screenshot();
		const wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
		expect(await visit.page.evaluate(wide)).toBe(false);
		const faults = await visit.page.evaluate(`(async () => {
			${readFileSync(axeFile, "utf8")}
			const { violations } = await axe.run();
			return violations.map(({ id }) => id);
		})()`);
		expect(faults).toEqual([]);
		// The browser asks for an icon by itself.
		expect(visit.problems.filter((problem) => !problem.includes("favicon"))).toEqual([]);
		await visit.close();
	});

	it("pays by keyboard and goes back to the shop", async () => {
		const { url, returnUrl, kind } = await checkout();
		const visit = await browser.visit({ width: 390, height: 844 });
		await visit.page.goto(url);
		await visit.page.keyboard.press("Tab");
		await visit.page.keyboard.press("Enter");
		await visit.page.waitForURL(returnUrl);
		expect(await kind()).toBe("paid");
		await visit.page.goto(url);
		expect(await visit.page.getByRole("status").textContent()).toContain("paid");
		expect(await visit.page.getByRole("button").count()).toBe(0);
		await visit.close();
	});

	it("lets a switch be chosen, and a payment fail", async () => {
		const { url, returnUrl, kind } = await checkout();
		const visit = await browser.visit();
		await visit.page.goto(url);
		await visit.page.getByText("Advanced").click();
		await visit.page.getByLabel(/The callback comes three times/).check();
		await visit.page.getByRole("button", { name: "Fail" }).click();
		await visit.page.waitForURL(returnUrl);
		expect(await kind()).toBe("failed");
		const sent = till.book.deliveries.filter(({ body }) => body.includes("payment.failed"));
		expect(sent).toHaveLength(3);
		await visit.close();
	});
});
