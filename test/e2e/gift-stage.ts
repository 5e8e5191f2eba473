/** Wallets and gifts, as hands and eyes find them on the pages. */
import { en } from "../../web/src/i18n/en.ts";
import type { Person } from "../harness/people.ts";
import type { Guest } from "./chat-stage.ts";
import { words } from "./shop-stage.ts";
import { ask } from "./show.ts";

/** Buys the smallest package that the wallet page offers, 500 coins; back where that page is. */
export async function buyCoins({ page }: Guest, button: "Pay" | "Fail"): Promise<void> {
	await page.getByRole("button", { name: /^500 coins/ }).click();
	await page.getByRole("button", { name: button, exact: true }).click();
	await page.waitForURL(/\/wallet\?recharge=\d+$/);
}

export const balanceOf = async (edge: string, { accessToken }: Person): Promise<number> =>
	(await ask<{ balance: number }>(edge, ["GET", "/wallet"], accessToken)).balance;

/** What the page says of the balance, in the gift panel. */
export const untilBalance = ({ page }: Guest, coins: number): Promise<void> =>
	page
		.getByText(words(en.gifts.balance, { count: coins.toLocaleString("en") }), { exact: true })
		.waitFor();

export async function chooseGift({ page }: Guest, gift: RegExp, count: number): Promise<void> {
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("radio", { name: gift }).click();
	await dialog.locator("label").getByText(String(count), { exact: true }).click();
}

/** Presses what sends a gift; it says how long the combo is once there is one. */
export async function sendGift({ page }: Guest, combo = 0): Promise<void> {
	const name = combo > 0 ? words(en.gifts.comboAgain, { count: combo }) : en.gifts.send;
	await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
}

/** The banner over the picture counts so many. */
export async function untilBanner({ page }: Guest, giftId: number, combo: number): Promise<void> {
	const banner = page.locator(`[data-gift="${giftId}"]`).getByText(`× ${combo}`, { exact: true });
	await banner.waitFor({ timeout: 20_000 });
}
