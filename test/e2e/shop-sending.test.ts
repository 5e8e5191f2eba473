/**
 * From a flash sale without an address to goods that have come, before people's eyes: the buyer
 * says where to, the seller sends it, and both see it; and the page of one's own addresses.
 */
import { describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { faultsOf } from "../harness/accessibility.ts";
import { type Person, signUp } from "../harness/people.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { type Guest, openRoom, type Salon, salonOf } from "./chat-stage.ts";
import { buyer, fillAddress, fillShelf, order, sheetOf, words } from "./shop-stage.ts";
import { widest } from "./widest.ts";

const patienceMs = 180_000;
const phone = { width: 360, height: 780 } as const;
const dark = { colorScheme: "dark" } as const;

describe.skipIf(!tools.chromium)("sending in the browser", { timeout: patienceMs }, () => {
	const salon = salonOf(widest(), patienceMs);
	it("asks for an address, is sent, and comes", () => sendsFromSale(salon));
	it("shows one's own addresses, and changes them", () => keepsAddresses(salon));
});

async function payer(edge: string, coins: number): Promise<Person> {
	const [person, operator] = [await signUp(edge), await signUp(edge, "operator")];
	const path = `/admin/wallets/${person.id}/corrections`;
	await order(edge, ["POST", path, { amount: coins, reason: "A test" }], operator);
	return person;
}

/** One flash sale in a room that is live: of units for a dollar each. */
async function openSale(edge: string) {
	const room = await openRoom(edge);
	const { skus } = await fillShelf(edge, room);
	const { id } = await order<{ id: string }>(
		edge,
		[
			"POST",
			`/rooms/${room.roomId}/flash-sales`,
			{
				...{ skuId: skus[0]?.id, price: { amount: 100, currency: "USD" }, stock: 5 },
				...{ limitPerUser: 1, startsAt: new Date().toISOString() },
				endsAt: new Date(Date.now() + 3_600_000).toISOString()
			}
		],
		room.host
	);
	return { ...room, saleId: id };
}

/** A picture for people, and nothing that keeps anybody from using it. */
async function looksWell(guest: Guest, name: string, part = "main"): Promise<void> {
	expect(await faultsOf(guest, part)).toEqual([]);
	await guest.screenshot(`shop-sending-${name}`);
}

async function sendsFromSale(salon: Salon): Promise<void> {
	const edge = salon.edge(0);
	const [{ host, roomId, saleId }, person] = [await openSale(edge), await payer(edge, 100)];
	const guest = await salon.visit(`/rooms/${roomId}`, { edge: 0, person, ...phone });
	await guest.page.getByRole("button", { name: en.sale.buy, exact: true }).click();
	const sheet = sheetOf(guest);
	await sheet.getByText(en.order.whereTo).waitFor({ timeout: 20_000 });
	await looksWell(guest, "asked", "[role=dialog]");
	await fillAddress(guest);
	await sheet.getByRole("button", { name: en.address.save }).click();
	await sheet.getByRole("button", { name: en.order.sendThere }).click();
	await sheet.getByText(en.order.sentTo).waitFor();
	await sheet.getByRole("radio", { name: "100 coins" }).check();
	await sheet.getByRole("button", { name: words(en.order.pay, { total: "$1.00" }) }).click();
	await sheet.getByText(en.order.thanks).waitFor();
	await sendsIt(salon, { host, saleId });
	const { items } = await order<{ items: { id: string }[] }>(edge, ["GET", "/orders"], person);
	await guest.page.goto(`${edge}/orders/${items[0]?.id}`);
	await guest.untilSays("6890 1234 5678");
	await guest.untilSays("Korea Post");
	await looksWell(guest, "on-its-way");
	await guest.press(en.order.confirm);
	await guest.page.getByText(en.order.status.received, { exact: true }).first().waitFor();
	expect(guest.problems).toEqual([]);
}

async function sendsIt(
	salon: Salon,
	{ host, saleId }: { readonly host: Person; readonly saleId: string }
): Promise<void> {
	const desk = await salon.visit("/studio/orders", { edge: 0, person: host, ...phone });
	await desk.untilSays("Spring oolong");
	await desk.untilSays("12 Sejong-daero");
	await looksWell(desk, "seller");
	await desk.press(/^Mark order/);
	const form = desk.page.getByRole("dialog");
	await form.getByLabel(en.goods.carrier).fill("Korea Post");
	await form.getByLabel(en.goods.trackingNumber).fill("6890 1234 5678");
	await looksWell(desk, "seller-form", "[role=dialog]");
	await form.getByRole("button", { name: en.goods.ship }).click();
	await form.waitFor({ state: "detached" });
	await desk.untilSays(en.goods.soldNoneToShip);
	await desk.page.emulateMedia(dark);
	await desk.page.setViewportSize({ width: 1280, height: 800 });
	await desk.page.goto(`${salon.edge(0)}/studio/orders?sale=${saleId}`);
	await desk.untilSays("6890 1234 5678");
	await looksWell(desk, "seller-wide");
	expect(desk.problems).toEqual([]);
}

async function keepsAddresses(salon: Salon): Promise<void> {
	const edge = salon.edge(0);
	const [person, newcomer] = [await buyer(edge), await signUp(edge)];
	const none = await salon.visit("/addresses", { edge: 0, person: newcomer, ...phone, ...dark });
	await none.untilSays(en.address.none);
	await looksWell(none, "addresses-none");
	const guest = await salon.visit("/addresses", { edge: 0, person, ...phone });
	const { page } = guest;
	await guest.untilSays("12 Sejong-daero");
	await guest.press(en.address.add);
	await fillAddress(guest);
	await page.getByRole("dialog").getByLabel(en.address.name).fill("Lee Jun");
	await looksWell(guest, "address-form", "[role=dialog]");
	await page.getByRole("dialog").getByRole("button", { name: en.address.save }).click();
	await guest.untilSays("Lee Jun");
	await guest.press(en.address.makeDefault);
	const first = page.getByRole("main").getByRole("listitem").first();
	await first.getByText("Lee Jun").waitFor();
	await first.getByText(en.address.isDefault, { exact: true }).waitFor();
	await looksWell(guest, "addresses");
	await guest.press(words(en.address.editOf, { name: "Lee Jun" }));
	await page.getByRole("dialog").getByLabel(en.address.city).fill("Busan");
	await page.getByRole("dialog").getByRole("button", { name: en.address.save }).click();
	await guest.untilSays(/Busan/);
	await guest.press(words(en.address.removeOf, { name: "Lee Jun" }));
	await page.getByRole("dialog").getByRole("button", { name: en.address.remove }).click();
	await until(async () => (await page.getByText("Lee Jun").count()) === 0);
	await first.getByText(en.address.isDefault, { exact: true }).waitFor();
	await page.emulateMedia(dark);
	await page.setViewportSize({ width: 1280, height: 800 });
	await looksWell(guest, "addresses-wide");
	expect([...guest.problems, ...none.problems]).toEqual([]);
}
