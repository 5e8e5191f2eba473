import { describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { type Person, signUp } from "../harness/people.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { openRoom, phone, type Salon, salonOf } from "./chat-stage.ts";
import {
	balanceOf,
	buyCoins,
	chooseGift,
	sendGift,
	untilBalance,
	untilBanner
} from "./gift-stage.ts";
import { words } from "./shop-stage.ts";
import { ask } from "./show.ts";
import { widest } from "./widest.ts";

const patienceMs = 150_000;

describe.skipIf(!tools.chromium)("gifts", { timeout: patienceMs }, () => {
	const salon = salonOf(widest(), patienceMs);
	it("gifts sent again and again become a combo, and the balance falls exactly", () =>
		combines(salon));
	it("a payment that fails moves nothing, and a lost answer is paid once", () => fails(salon));
	it("who has too little is led to the wallet and back, and guests to sign in", () => leads(salon));
	it("gifts of others are told to who wants less motion, and count in ranking and income", () =>
		counts(salon));
});

async function combines(salon: Salon): Promise<void> {
	const { roomId } = await openRoom(salon.edge(0));
	const person = await signUp(salon.edge(0));
	await grant(salon, person, 500);
	const path = `/rooms/${roomId}`;
	const seer = await salon.visit(path, { edge: 1 });
	const guest = await salon.visit(path, { edge: 0, person, ...phone });
	for (const one of [guest, seer]) await one.untilSays(en.chat.empty);
	await guest.press(en.gifts.open);
	await untilBalance(guest, 500);
	await chooseGift(guest, /^Rose/, 10);
	await sendGift(guest);
	await sendGift(guest, 10);
	await sendGift(guest, 20);
	// Rose costs 5: three times ten of them.
	for (const one of [guest, seer]) await untilBanner(one, 2, 30);
	await seer.screenshot("gifts-banner");
	await untilBalance(guest, 350);
	expect(await balanceOf(salon.edge(0), person)).toBe(350);
	const given = words(en.chat.gift, { name: "Rose", count: 10 });
	await seer.untilLines([given, given, given]);
	expect([...guest.problems, ...seer.problems]).toEqual([]);
}

async function fails(salon: Salon): Promise<void> {
	const person = await signUp(salon.edge(0));
	const guest = await salon.visit("/wallet", { edge: 0, person });
	await buyCoins(guest, "Fail");
	await guest.untilSays(en.wallet.failedTitle);
	expect(await balanceOf(salon.edge(0), person)).toBe(0);
	// The platform makes the purchase, and its answers do not arrive for a while.
	const seen: (string | undefined)[] = [];
	let lost = 2;
	await guest.page.route("**/api/recharges", async (route) => {
		seen.push(route.request().headers()["idempotency-key"]);
		const answer = await route.fetch();
		if (lost-- > 0) await route.abort("connectionreset");
		else await route.fulfill({ response: answer });
	});
	await buyCoins(guest, "Pay");
	await guest.untilSays(words(en.wallet.succeededTitle, { count: 500 }));
	expect(seen).toHaveLength(3);
	expect(new Set(seen).size).toBe(1);
	expect(await balanceOf(salon.edge(0), person)).toBe(500);
	const recharges = ["GET", "/recharges"] as const;
	const { items } = await ask<{ items: unknown[] }>(salon.edge(0), recharges, person.accessToken);
	expect(items).toHaveLength(2);
}

async function leads(salon: Salon): Promise<void> {
	const { roomId } = await openRoom(salon.edge(0));
	const person = await signUp(salon.edge(0));
	const path = `/rooms/${roomId}`;
	const visitor = await salon.visit(path, { edge: 1, ...phone });
	await visitor.press(en.gifts.open);
	await visitor.press(en.gifts.signIn);
	await visitor.page.getByRole("tab", { name: en.account.byName }).waitFor();

	const guest = await salon.visit(path, { edge: 0, person });
	await guest.press(en.gifts.open);
	await untilBalance(guest, 0);
	await sendGift(guest);
	const alert = guest.page.getByRole("alert").filter({ hasText: en.gifts.tooFew });
	await alert.getByRole("link", { name: en.gifts.recharge }).click();
	await guest.page.waitForURL(/\/wallet$/);
	await buyCoins(guest, "Pay");
	await guest.page.getByRole("link", { name: en.wallet.backToShow }).click();
	await guest.page.waitForURL(new RegExp(`${path}$`));
	await guest.press(en.gifts.open);
	// The answers are lost until the page gives up; asked again, the gift is there once.
	let isCut = true;
	const keys = new Set<string | undefined>();
	await guest.page.route("**/api/rooms/*/gifts", async (route) => {
		keys.add(route.request().headers()["idempotency-key"]);
		const answer = await route.fetch();
		// The page may have gone on, or away, while the answer was fetched.
		const end = isCut ? route.abort("connectionreset") : route.fulfill({ response: answer });
		await end.catch(() => {});
	});
	await sendGift(guest);
	await guest.untilSays(en.gifts.unanswered, 30_000);
	isCut = false;
	await guest.press(en.gifts.askAgain);
	await untilBalance(guest, 499);
	expect(keys.size).toBe(1);
	expect(await balanceOf(salon.edge(0), person)).toBe(499);
}

/** Coins without a provider: an operator gives them. */
async function grant(salon: Salon, { id }: Person, amount: number): Promise<void> {
	const { accessToken } = await signUp(salon.edge(0), "operator");
	const answer = await fetch(`${salon.edge(0)}/api/admin/wallets/${id}/corrections`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${accessToken}`,
			"content-type": "application/json",
			"idempotency-key": crypto.randomUUID()
		},
		body: JSON.stringify({ amount, reason: "A test" })
	});
	expect(answer.status).toBe(200);
}

async function counts(salon: Salon): Promise<void> {
	const { roomId, host } = await openRoom(salon.edge(0));
	const person = await signUp(salon.edge(0));
	await grant(salon, person, 10_000);
	const path = `/rooms/${roomId}`;
	const calm = await salon.visit(path, { edge: 1, ...phone });
	await calm.page.emulateMedia({ reducedMotion: "reduce" });
	await calm.untilSays(en.chat.empty);
	const guest = await salon.visit(path, { edge: 0, person, colorScheme: "dark" });
	await guest.press(en.gifts.open);
	await untilBalance(guest, 10_000);
	await chooseGift(guest, /^Rocket/, 1);
	await sendGift(guest);
	await untilBanner(calm, 8, 1);
	expect(await calm.page.locator("[data-effect]").count()).toBe(0);
	const told = words(en.gifts.sent, { name: "Tester", gift: "Rocket", count: 1 });
	await calm.page.locator("[aria-live=polite]").getByText(told).waitFor();
	await guest.page.keyboard.press("Escape");
	await guest.press(en.ranks.open);
	await until(async () => {
		const place = guest.page.getByRole("dialog").getByRole("listitem").first();
		const text = await place.textContent({ timeout: 1_000 });
		if (/^1.*Tester.*You.*5,000$/.test(text ?? "")) return true;
		throw new Error(`The ranking says ${text}.`);
	}, 20_000);
	await guest.screenshot("gifts-ranking");
	const desk = await salon.visit(`/studio/${roomId}`, { edge: 1, person: host });
	const income = desk.page.getByRole("region", { name: en.gifts.incomeTitle });
	await income.getByText("+2,500").waitFor({ timeout: 20_000 });
	await desk.screenshot("gifts-income");
	expect([...calm.problems, ...guest.problems, ...desk.problems]).toEqual([]);
}
