import { describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { faultsOf } from "../harness/accessibility.ts";
import { type Person, signUp } from "../harness/people.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { type Guest, openRoom, type Salon, salonOf } from "./chat-stage.ts";
import { ask } from "./show.ts";
import { type Shape, shapes } from "./stage.ts";

const patienceMs = 150_000;
const phone = { width: 390, height: 844 } as const;

for (const shape of shapes) {
	const isAvailable = shape.available && tools.chromium;
	const options = { timeout: patienceMs };
	describe.skipIf(!isAvailable)(`gifts on ${shape.name}`, options, () => gifts(shape));
}

function gifts(shape: Shape): void {
	const salon = salonOf(shape, patienceMs);
	it("bought coins become a combo that two pages see, and the balance falls exactly", () =>
		walks(salon, shape.name));
	it("a payment that fails moves nothing, and a lost answer is paid once", () => fails(salon));
	it("who has too little is led to the wallet and back, and guests to sign in", () => leads(salon));
	it("gifts of others are told to who wants less motion, and count in ranking and income", () =>
		counts(salon, shape.name));
}

/** Buys the smallest package that the page offers; where that page is. */
async function buy(guest: Guest, button: "Pay" | "Fail"): Promise<void> {
	const { page } = guest;
	await page.getByRole("button", { name: /^500 coins/ }).click();
	await page.getByRole("button", { name: button, exact: true }).click();
	await page.waitForURL(/\/wallet\?recharge=\d+$/);
}

const words = (text: string, count: number | string) => text.replace("{{count}}", String(count));

const balanceOf = async (salon: Salon, { accessToken }: Person): Promise<number> =>
	(await ask<{ balance: number }>(salon.edge(0), ["GET", "/wallet"], accessToken)).balance;

/** What the page says of the balance, in the gift panel. */
const untilBalance = (guest: Guest, coins: number) =>
	guest.page
		.getByText(words(en.gifts.balance, coins.toLocaleString("en")), { exact: true })
		.waitFor();

async function choose(guest: Guest, gift: RegExp, count: number): Promise<void> {
	const dialog = guest.page.getByRole("dialog");
	await dialog.getByRole("radio", { name: gift }).click();
	await dialog.locator("label").getByText(String(count), { exact: true }).click();
}

/** Presses what sends a gift; it says how long the combo is once there is one. */
async function send({ page }: Guest, combo = 0): Promise<void> {
	const name = combo > 0 ? words(en.gifts.comboAgain, combo) : en.gifts.send;
	await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
}

/** The banner over the picture counts so many. */
async function untilBanner({ page }: Guest, giftId: number, combo: number): Promise<void> {
	const banner = page.locator(`[data-gift="${giftId}"]`).getByText(`× ${combo}`, { exact: true });
	await banner.waitFor({ timeout: 20_000 });
}

async function walks(salon: Salon, name: string): Promise<void> {
	const { roomId } = await openRoom(salon.edge(0));
	const [giver, watcher] = await Promise.all([signUp(salon.edge(0)), signUp(salon.edge(0))]);
	const path = `/rooms/${roomId}`;
	const seer = await salon.visit(path, { edge: 1, person: watcher });
	// Payment pages lead back to the first edge: that is where this browser is signed in.
	const one = await salon.visit("/wallet", { edge: 0, person: giver, ...phone });
	await one.untilSays(en.wallet.noEntries);
	await buy(one, "Pay");
	await one.untilSays(words(en.wallet.succeededTitle, 500));
	await one.untilSays(en.wallet.succeededText.replace("{{balance}}", "500"));
	await one.untilSays("+500");
	await one.screenshot(`gifts-${name}-wallet`);
	expect(await balanceOf(salon, giver)).toBe(500);
	expect(await faultsOf(one, "main")).toEqual([]);

	await one.page.goto(`${salon.edge(0)}${path}`);
	for (const guest of [one, seer]) await guest.untilSays(en.chat.empty);
	await one.press(en.gifts.open);
	await untilBalance(one, 500);
	expect(await faultsOf(one, "[role=dialog]")).toEqual([]);
	await choose(one, /^Rose/, 10);
	await send(one);
	await send(one, 10);
	await send(one, 20);
	// Rose costs 5: three times ten of them.
	for (const guest of [one, seer]) await untilBanner(guest, 2, 30);
	await seer.screenshot(`gifts-${name}-banner`);
	await untilBalance(one, 350);
	expect(await balanceOf(salon, giver)).toBe(350);
	await choose(one, /^Fireworks/, 1);
	await send(one);
	const large = [one, seer].map(({ page }) => page.locator('[data-effect="fireworks"]'));
	// It is there for a few seconds only: both look at once.
	await Promise.all(large.map((effect) => effect.waitFor({ timeout: 20_000 })));
	await one.screenshot(`gifts-${name}-large`);
	await untilBalance(one, 162);
	expect(await balanceOf(salon, giver)).toBe(162);
	const given = words(en.chat.gift.replace("{{name}}", "Rose"), 10);
	await seer.untilLines([given, given, given]);
	expect([...one.problems, ...seer.problems]).toEqual([]);
}

async function fails(salon: Salon): Promise<void> {
	const person = await signUp(salon.edge(0));
	const guest = await salon.visit("/wallet", { edge: 0, person });
	await buy(guest, "Fail");
	await guest.untilSays(en.wallet.failedTitle);
	expect(await balanceOf(salon, person)).toBe(0);
	// The platform makes the purchase, and its answers do not arrive for a while.
	const seen: (string | undefined)[] = [];
	let lost = 2;
	await guest.page.route("**/api/recharges", async (route) => {
		seen.push(route.request().headers()["idempotency-key"]);
		const answer = await route.fetch();
		if (lost-- > 0) await route.abort("connectionreset");
		else await route.fulfill({ response: answer });
	});
	await buy(guest, "Pay");
	await guest.untilSays(words(en.wallet.succeededTitle, 500));
	expect(seen).toHaveLength(3);
	expect(new Set(seen).size).toBe(1);
	expect(await balanceOf(salon, person)).toBe(500);
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
	await send(guest);
	const alert = guest.page.getByRole("alert").filter({ hasText: en.gifts.tooFew });
	await alert.getByRole("link", { name: en.gifts.recharge }).click();
	await guest.page.waitForURL(/\/wallet$/);
	await buy(guest, "Pay");
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
	await send(guest);
	await guest.untilSays(en.gifts.unanswered, 30_000);
	isCut = false;
	await guest.press(en.gifts.askAgain);
	await untilBalance(guest, 499);
	expect(keys.size).toBe(1);
	expect(await balanceOf(salon, person)).toBe(499);
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

async function counts(salon: Salon, name: string): Promise<void> {
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
	await choose(guest, /^Rocket/, 1);
	await send(guest);
	await untilBanner(calm, 8, 1);
	expect(await calm.page.locator("[data-effect]").count()).toBe(0);
	const told = words(en.gifts.sent.replace("{{name}}", "Tester").replace("{{gift}}", "Rocket"), 1);
	await calm.page.locator("[aria-live=polite]").getByText(told).waitFor();
	await guest.page.keyboard.press("Escape");
	await guest.press(en.ranks.open);
	await until(async () => {
		const place = guest.page.getByRole("dialog").getByRole("listitem").first();
		const text = await place.textContent({ timeout: 1_000 });
		if (/^1.*Tester.*You.*5,000$/.test(text ?? "")) return true;
		throw new Error(`The ranking says ${text}.`);
	}, 20_000);
	await guest.screenshot(`gifts-${name}-ranking`);
	const desk = await salon.visit(`/studio/${roomId}`, { edge: 1, person: host });
	const income = desk.page.getByRole("region", { name: en.gifts.incomeTitle });
	await income.getByText("+2,500").waitFor({ timeout: 20_000 });
	await desk.screenshot(`gifts-${name}-income`);
	expect([...calm.problems, ...guest.problems, ...desk.problems]).toEqual([]);
}
