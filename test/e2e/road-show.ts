/** The road's show: it comes on air, people talk, like and give, and it ends. */
import { expect } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { faultsOf } from "../harness/accessibility.ts";
import type { Encoder, PublishAddress } from "../harness/encoder.ts";
import type { Person } from "../harness/people.ts";
import { until } from "../harness/until.ts";
import type { Guest } from "./chat-stage.ts";
import { balanceOf, buyCoins, chooseGift, sendGift, untilBalance } from "./gift-stage.ts";
import type { Keep, Road } from "./road-stage.ts";
import { signInBy, words } from "./shop-stage.ts";
import { ask, untilLetIn } from "./show.ts";
import { eyesOn } from "./viewer.ts";

/** Long beside what a busy machine needs for a step of a page. */
const patienceMs = 60_000;

/** The host signs in, makes a show, starts it and gets a key, by the pages alone. */
export async function openShow(
	desk: Guest,
	host: Person,
	keep: Keep
): Promise<{ readonly roomId: string; readonly address: PublishAddress }> {
	const { page } = desk;
	const press = (name: string) => page.getByRole("button", { name, exact: true }).last().click();
	await press(en.account.signIn);
	await signInBy(desk, host);
	await press(en.studio.newShow);
	await page.getByRole("dialog").getByLabel(en.studio.showTitle).fill("Spring tea, live");
	await press(en.studio.create);
	await page.waitForURL(/\/studio\/\d+$/);
	await press(en.studio.start);
	await press(en.studio.issueKey);
	await press(en.studio.rotateKey);
	await press(en.studio.reveal);
	await page.getByRole("button", { name: en.studio.hide, exact: true }).waitFor();
	const [url = "", key = ""] = await page.locator("code").allTextContents();
	await keep(desk, "host-is-ready");
	return { roomId: page.url().replace(/.*\//, ""), address: { url, key } };
}

/** Who waits for the picture sees it come; `push` starts the encoder. */
export async function comeOnAir(road: Road, push: () => Encoder): Promise<void> {
	const { salon, roomId, one, two, desk, keep } = road;
	for (const guest of [one, two]) await guest.untilSays(en.room.waitingTitle, patienceMs);
	await keep(one, "waiting");
	await untilLetIn(push, () => ask(salon.edge(0), ["GET", `/rooms/${roomId}`]));
	for (const guest of [one, two, desk]) {
		const glance = await eyesOn(guest).untilPlays(2, patienceMs);
		expect(glance).toMatchObject({ width: 640, height: 360 });
		expect(Math.abs(glance.secondsBehind ?? Number.NaN)).toBeLessThan(30);
	}
	await keep(one, "playing");
	await keep(two, "playing-on-another-edge");
	await desk.untilSays("640 × 360", patienceMs);
	// Measured over some seconds: a keyframe every two.
	await desk.untilSays(words(en.studio.seconds, { value: "2.0" }), patienceMs);
	await desk.page.getByText("640 × 360").first().scrollIntoViewIfNeeded();
	await keep(desk, "signal");
}

/** Both ways, one after another and all at once: the same lines in the same order for all. */
export async function talk({ one, two, desk, keep }: Road): Promise<void> {
	await one.say("hello from here");
	await two.untilLines(["hello from here"], patienceMs);
	await two.say("hello from there");
	await one.untilLines(["hello from here", "hello from there"], patienceMs);
	const count = 8;
	for (let index = 0; index < count; index += 1) {
		await Promise.all([one.say(`a${index}`), two.say(`b${index}`)]);
	}
	await until(async () => {
		const [first, ...others] = await Promise.all([one, two, desk].map(textsOf));
		expect(first).toHaveLength(2 + 2 * count);
		for (const other of others) expect(other).toEqual(first);
		return true;
	}, patienceMs);
	for (let press = 0; press < 5; press += 1) {
		await one.page.getByRole("button", { name: /^Like/ }).click();
	}
	const liked = words(en.chat.like, { count: 5 });
	for (const { page } of [one, two]) {
		await page.getByRole("button", { name: liked }).waitFor({ timeout: patienceMs });
	}
	await one.untilSays(/^3 watching$/, patienceMs);
	await keep(one, "chat");
	await keep(two, "chat-on-another-edge");
}

/** What people said, without who said it. */
const textsOf = async (guest: Guest): Promise<string[]> =>
	(await guest.lines()).flatMap((line) => /^(?:Tester|You) (.*)/.exec(line)?.[1] ?? []);

/** Coins bought at the sandbox's real page are in the wallet. */
export async function recharge({ salon, roomId, one, buyer, keep }: Road): Promise<void> {
	await one.page.goto(`${salon.edge(0)}/wallet`);
	await one.untilSays(en.wallet.noEntries, patienceMs);
	await buyCoins(one, "Pay");
	await one.untilSays(words(en.wallet.succeededTitle, { count: 500 }), patienceMs);
	await one.untilSays(words(en.wallet.succeededText, { balance: 500 }), patienceMs);
	await one.untilSays("+500", patienceMs);
	await keep(one, "coins-bought");
	expect(await balanceOf(salon.edge(0), buyer)).toBe(500);
	expect(await faultsOf(one, "main")).toEqual([]);
	await one.page.goto(`${salon.edge(0)}/rooms/${roomId}`);
}

/** Ten roses for 5 coins each, and fireworks for 188: both pages see them, and the coins go. */
export async function give({ salon, one, two, buyer, keep }: Road): Promise<void> {
	const edge = salon.edge(0);
	await one.untilLines(["hello from here"], patienceMs);
	for (const guest of [one, two]) await noteGifts(guest);
	await one.press(en.gifts.open);
	await untilBalance(one, 500);
	expect(await faultsOf(one, "[role=dialog]")).toEqual([]);
	await keep(one, "gifts");
	await chooseGift(one, /^Rose/, 10);
	await sendGift(one);
	for (const guest of [one, two]) await untilNoted(guest, /^2 .*× 10$/s);
	await untilBalance(one, 450);
	expect(await balanceOf(edge, buyer)).toBe(450);
	await chooseGift(one, /^Fireworks/, 1);
	await sendGift(one);
	await Promise.all([one, two].map((guest) => untilNoted(guest, /^fireworks$/)));
	await keep(two, "fireworks-on-another-edge");
	await keep(one, "fireworks");
	await untilBalance(one, 262);
	expect(await balanceOf(edge, buyer)).toBe(262);
	const told = (name: string, count: number) => words(en.chat.gift, { name, count });
	for (const guest of [one, two]) {
		await guest.untilLines([told("Rose", 10), told("Fireworks", 1)], patienceMs);
	}
	await one.page.keyboard.press("Escape");
}

/** The page writes down what it shows from now on: effects pass while this machine looks away. */
const noteGifts = ({ page }: Guest): Promise<unknown> =>
	page.evaluate(`{
		const seen = (globalThis.giftsSeen = new Set());
		const look = () => {
			for (const element of document.querySelectorAll("[data-gift], [data-effect]")) {
				const { gift, effect } = element.dataset;
				if (element.checkVisibility()) seen.add(effect ?? gift + " " + element.textContent);
			}
		};
		const everything = { subtree: true, childList: true, characterData: true };
		new MutationObserver(look).observe(document.body, everything);
	}`);

const untilNoted = ({ page }: Guest, what: RegExp): Promise<void> =>
	until(async () => {
		const seen = (await page.evaluate("[...giftsSeen]")) as string[];
		if (seen.some((text) => what.test(text))) return true;
		throw new Error(`Of gifts the page has shown ${JSON.stringify(seen)}.`);
	}, patienceMs);

/** The host ends the show, and everybody is told. */
export async function endShow({ desk, one, two, keep }: Road): Promise<void> {
	const name = en.studio.end;
	await desk.page.getByRole("button", { name, exact: true }).last().click();
	await desk.page.getByRole("dialog").getByRole("button", { name }).click();
	for (const guest of [one, two]) await guest.untilSays(en.room.endedTitle, patienceMs);
	await keep(one, "ended");
	await keep(two, "ended-on-another-edge");
	await keep(desk, "host-has-ended");
}
