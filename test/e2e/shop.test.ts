/**
 * The shop in the room before people's eyes: phones in Chromium with a video that plays, the
 * sandbox's real page, and the host's console beside them.
 */
import { afterEach, describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { faultsOf } from "../harness/accessibility.ts";
import { type Encoder, type PublishAddress, startEncoder } from "../harness/encoder.ts";
import type { Person } from "../harness/people.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { type Guest, openRoom, phone, type Salon, salonOf } from "./chat-stage.ts";
import {
	buyer,
	fillShelf,
	order,
	outcomeOf,
	type Product,
	problemsOf,
	sheetOf,
	signInBy,
	startSale,
	untilSold,
	words
} from "./shop-stage.ts";
import { ask, untilLetIn } from "./show.ts";
import { eyesOn } from "./viewer.ts";
import { widest } from "./widest.ts";

const patienceMs = 180_000;

describe.skipIf(!tools.chromium)("shop", { timeout: patienceMs }, () => {
	const salon = salonOf(widest(), patienceMs);
	const encoders: Encoder[] = [];
	afterEach(async () => {
		await Promise.all(encoders.splice(0).map((encoder) => encoder.kill()));
	});
	it("a flash sale is won by one and lost by one, and the host sees its numbers", async () => {
		const stage = await open(salon);
		const path = `/rooms/${stage.roomId}/stream-key`;
		const address = await order<PublishAddress>(salon.edge(0), ["POST", path], stage.host);
		const push = () => {
			const encoder = startEncoder(address);
			encoders.push(encoder);
			return encoder;
		};
		await untilLetIn(push, () => ask(salon.edge(0), ["GET", `/rooms/${stage.roomId}`]));
		await sellsFast(salon, stage);
	});
	it("the host makes a product, sells it in the show, and explains it", () => fillsShow(salon));
	it("a guest's cart comes along with marks of what has changed, and an order is given up", () =>
		takesCartAlong(salon));
});

interface Stage {
	readonly host: Person;
	readonly roomId: string;
	readonly product: Product;
}

async function open(salon: Salon): Promise<Stage> {
	const room = await openRoom(salon.edge(0));
	return { ...room, product: await fillShelf(salon.edge(0), room) };
}

async function sellsFast(salon: Salon, { host, roomId }: Stage): Promise<void> {
	const people = await Promise.all([buyer(salon.edge(0)), buyer(salon.edge(0))]);
	const path = `/rooms/${roomId}`;
	const guests = await Promise.all(
		people.map((person, edge) => salon.visit(path, { edge, person, ...phone }))
	);
	for (const guest of guests) await eyesOn(guest).untilPlays(1, 60_000);
	const desk = await salon.visit(`/studio/${roomId}`, { edge: 0, person: host });
	const others = await Promise.all(looks.map((look) => salon.visit(path, { edge: 0, ...look })));
	await startSale(desk, { units: 1, seconds: 12 });
	for (const guest of guests) await guest.page.getByRole("timer").waitFor();
	for (const [index, guest] of others.entries()) {
		await guest.page.getByRole("timer").waitFor();
		expect(await faultsOf(guest, "[data-sale]")).toEqual([]);
		await guest.screenshot(`shop-sale-other-${index}`);
	}
	await guests[0]?.screenshot("shop-sale-soon");
	const buttons = guests.map(({ page }) =>
		page.getByRole("button", { name: en.sale.buy, exact: true })
	);
	await Promise.all(buttons.map((button) => button.waitFor({ timeout: 30_000 })));
	// One may hear that it is sold out before it comes to press.
	await Promise.allSettled(buttons.map((button) => button.click({ timeout: 3_000 })));
	await until(async () => {
		const outcomes = await Promise.all(guests.map(outcomeOf));
		if (outcomes.toSorted().join() === "lost,won") return true;
		throw new Error(`They ended ${outcomes}.`);
	}, 20_000);
	for (const [index, guest] of guests.entries()) {
		await guest.screenshot(`shop-sale-${index}`);
	}
	await untilSold(desk, 1);
	await desk.screenshot("shop-sale-host");
	const counts = await Promise.all(
		people.map(async (person) => {
			const path = "/orders";
			return (await order<{ items: unknown[] }>(salon.edge(0), ["GET", path], person)).items.length;
		})
	);
	expect(counts.toSorted()).toEqual([0, 1]);
	for (const guest of guests) {
		await eyesOn(guest).untilPlays(1, 60_000);
		expect(problemsOf(guest)).toEqual([]);
	}
	expect(desk.problems).toEqual([]);
}

const looks = [{ ...phone, locale: "zh-CN", colorScheme: "dark" }, { locale: "ko-KR" }] as const;

/** A product with two variants and a picture. */
async function writeProduct(desk: Guest): Promise<void> {
	await desk.press(en.goods.create);
	const form = desk.page.getByRole("dialog");
	const price = form.getByLabel(words(en.goods.price, { currency: "USD" }));
	await form.getByLabel(en.goods.name).fill("Clay teapot");
	await form.getByLabel(en.goods.attributes).fill("Colour: Red, Size: S");
	await price.fill("49.90");
	await form.getByLabel(en.goods.stock).fill("3");
	await form.getByRole("button", { name: en.goods.addVariant }).click();
	await form.getByLabel(en.goods.attributes).last().fill("Colour: Blue, Size: L");
	await price.last().fill("59");
	await form.getByLabel(en.goods.stock).last().fill("2");
	const buffer = await desk.page.locator("header").first().screenshot();
	const file = { name: "pot.png", mimeType: "image/png", buffer };
	await form.locator("input[type=file]").setInputFiles(file);
	await desk.screenshot("shop-product-form");
	expect(await faultsOf(desk, "[role=dialog]")).toEqual([]);
	await form.getByRole("button", { name: en.goods.save, exact: true }).click();
	await form.waitFor({ state: "detached" });
	await desk.untilSays("Clay teapot");
}

async function fillsShow(salon: Salon): Promise<void> {
	const { host, roomId } = await openRoom(salon.edge(0));
	const viewer = await salon.visit(`/rooms/${roomId}`, { edge: 1, ...phone });
	await viewer.untilSays(en.chat.empty);
	const desk = await salon.visit("/studio/products", { edge: 0, person: host });
	await writeProduct(desk);
	await desk.page.goto(`${salon.edge(0)}/studio/${roomId}`);
	const panel = desk.page.getByRole("region", { name: en.goods.room });
	await panel.getByRole("button", { name: en.goods.add, exact: true }).click();
	for (const variant of ["Red · S", "Blue · L"]) {
		const add = words(en.goods.addOf, { title: `Clay teapot · ${variant}` });
		await desk.page.getByRole("dialog").getByRole("button", { name: add }).click();
		await panel.getByText(`Clay teapot · ${variant}`).waitFor();
	}
	await desk.page.keyboard.press("Escape");
	await panel
		.getByRole("button", { name: words(en.goods.pin, { title: "Clay teapot" }) })
		.first()
		.click();
	const card = viewer.page.getByRole("button", { name: /Explained now.*Clay teapot/ });
	await card.waitFor({ timeout: 20_000 });
	await viewer.screenshot("shop-pinned");
	await desk.screenshot("shop-console");
	expect(await faultsOf(desk, "main")).toEqual([]);
	await card.click();
	await sheetOf(viewer).getByText("Colour").waitFor();
	await viewer.page.keyboard.press("Escape");
	const unpin = words(en.goods.unpin, { title: "Clay teapot" });
	await panel.getByRole("button", { name: unpin }).click();
	await card.waitFor({ state: "detached", timeout: 20_000 });
	expect([...desk.problems, ...viewer.problems]).toEqual([]);
}

async function takesCartAlong(salon: Salon): Promise<void> {
	const { host, roomId, product } = await open(salon);
	const guest = await salon.visit(`/rooms/${roomId}`, { edge: 0, ...phone });
	await guest.press(words(en.shop.bag, { count: 1 }));
	const sheet = sheetOf(guest);
	await sheet.getByRole("button", { name: /Spring oolong/ }).click();
	await sheet.getByRole("button", { name: en.shop.toCart }).click();
	await sheet.getByRole("link", { name: words(en.cart.count, { count: 1 }) }).click();
	await guest.untilSays("Spring oolong");
	await guest.untilSays("$15.00");
	const sku = product.skus[0]?.id ?? "";
	const price = { price: { amount: 1_800, currency: "USD" } };
	await order(salon.edge(0), ["PATCH", `/rooms/${roomId}/products/${sku}`, price], host);
	const person = await buyer(salon.edge(0));
	await guest.press(en.cart.signIn);
	await signInBy(guest, person);
	// Put in for the price of this moment by the platform: what was seen before is the guest's.
	await guest.untilSays("$18.00");
	await order(
		salon.edge(0),
		["PATCH", `/rooms/${roomId}/products/${sku}`, { price: { amount: 1_600, currency: "USD" } }],
		host
	);
	await guest.page.reload();
	await guest.untilSays(words(en.cart.cheaper, { was: "$18.00" }));
	await guest.screenshot("shop-cart");
	expect(await faultsOf(guest, "main")).toEqual([]);
	await guest.press(en.cart.checkout);
	const place = words(en.checkout.placeFor, { total: "$16.00" });
	await guest.page.getByRole("button", { name: place }).click();
	await guest.page.waitForURL(/\/orders\/\d+$/);
	await guest.untilSays(en.order.toPay);
	await guest.press(en.order.cancel);
	await guest.page.getByRole("dialog").getByRole("button", { name: en.order.cancel }).click();
	await guest.untilSays(en.order.reason.cancelled);
	expect(problemsOf(guest)).toEqual([]);
}
