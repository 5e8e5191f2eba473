/**
 * The shop in the room before people's eyes: phones in Chromium with a video that plays, the
 * sandbox's real page, and the host's console beside them.
 */
import { afterEach, describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { faultsOf } from "../harness/accessibility.ts";
import { type Encoder, type PublishAddress, startEncoder } from "../harness/encoder.ts";
import { type Person, signUp } from "../harness/people.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { type Guest, openRoom, type Salon, salonOf } from "./chat-stage.ts";
import {
	buyer,
	fillAddress,
	fillShelf,
	order,
	type Product,
	problemsOf,
	sheetOf,
	signInBy,
	untilPlays,
	words
} from "./shop-stage.ts";
import { type Shape, shapes } from "./stage.ts";

const patienceMs = 180_000;
const phone = { width: 390, height: 844 } as const;

for (const shape of shapes) {
	const isAvailable = shape.available && tools.chromium;
	const options = { timeout: patienceMs };
	describe.skipIf(!isAvailable)(`shop on ${shape.name}`, options, () => shop(shape));
}

function shop(shape: Shape): void {
	const salon = salonOf(shape, patienceMs);
	const encoders: Encoder[] = [];
	afterEach(async () => {
		await Promise.all(encoders.splice(0).map((encoder) => encoder.kill()));
	});
	const onAir = async (): Promise<Stage> => {
		const stage = await open(salon);
		const path = `/rooms/${stage.roomId}/stream-key`;
		const address = await order<PublishAddress>(salon.edge(0), ["POST", path], stage.host);
		encoders.push(startEncoder(address));
		return stage;
	};
	it("bought from the bag while the video plays, paid in the sandbox, and in the orders", () =>
		onAir().then((stage) => buysFromBag(salon, stage, shape.name)));
	it("a flash sale is won by one and lost by one, and the host sees its numbers", () =>
		onAir().then((stage) => sellsFast(salon, stage, shape.name)));
	it("the host makes a product, sells it in the show, and explains it", () =>
		fillsShow(salon, shape.name));
	it("a guest's cart comes along with marks of what has changed, and an order is given up", () =>
		takesCartAlong(salon, shape.name));
}

interface Stage {
	readonly host: Person;
	readonly roomId: string;
	readonly product: Product;
}

async function open(salon: Salon): Promise<Stage> {
	const room = await openRoom(salon.edge(0));
	return { ...room, product: await fillShelf(salon.edge(0), room) };
}

async function buysFromBag(salon: Salon, { roomId }: Stage, name: string): Promise<void> {
	const person = await signUp(salon.edge(0));
	const guest = await salon.visit(`/rooms/${roomId}`, { edge: 0, person, ...phone });
	const before = await untilPlays(guest);
	const sheet = sheetOf(guest);
	await guest.press(words(en.shop.bag, { count: 1 }));
	await sheet.getByText("Spring oolong").waitFor();
	await guest.screenshot(`shop-${name}-bag`);
	expect(await faultsOf(guest, "[role=dialog]")).toEqual([]);
	await sheet.getByRole("button", { name: /Spring oolong/ }).click();
	await sheet.getByText("$15.00").waitFor();
	await sheet.getByText("250 g", { exact: true }).last().click();
	await sheet.getByText("$20.00").first().waitFor();
	await sheet.getByText("100 g", { exact: true }).last().click();
	await sheet.getByRole("button", { name: en.shop.more }).click();
	await guest.screenshot(`shop-${name}-product`);
	expect(await faultsOf(guest, "[role=dialog]")).toEqual([]);
	await sheet.getByRole("button", { name: en.shop.buyNow }).click();
	await fillAddress(guest);
	await sheet.getByRole("button", { name: en.address.save }).click();
	const place = words(en.checkout.placeFor, { total: "$30.00" });
	await guest.screenshot(`shop-${name}-checkout`);
	await sheet.getByRole("button", { name: place }).click();
	await payInSandbox(guest, "$30.00", `shop-${name}-pay`);
	await sheet.getByText(en.order.thanks).waitFor({ timeout: 20_000 });
	await guest.screenshot(`shop-${name}-paid`);
	// The same picture has gone on all the while.
	expect(await untilPlays(guest)).toBeGreaterThan(before);
	await guest.page.goto(`${salon.edge(0)}/orders`);
	await guest.untilSays("Spring oolong");
	await guest.page.getByText(en.order.status.paid, { exact: true }).last().waitFor();
	expect(await faultsOf(guest, "main")).toEqual([]);
	await guest.screenshot(`shop-${name}-orders`);
	const { items } = await order<{ items: { status: string; total: { amount: number } }[] }>(
		salon.edge(0),
		["GET", "/orders"],
		person
	);
	expect(items.map(({ status, total }) => [status, total.amount])).toEqual([["paid", 3_000]]);
	expect(problemsOf(guest)).toEqual([]);
}

/** The payment page opens beside the show. */
async function payInSandbox(guest: Guest, total: string, picture: string): Promise<void> {
	const sheet = sheetOf(guest);
	await sheet.getByRole("radio", { name: en.wallet.sandbox }).check();
	await guest.screenshot(picture);
	const [page] = await Promise.all([
		guest.context.waitForEvent("page"),
		sheet.getByRole("button", { name: words(en.order.pay, { total }) }).click()
	]);
	await page.getByRole("button", { name: "Pay", exact: true }).click();
	await page.waitForURL(/\/orders\/\d+$/);
	await page.getByText(en.order.thanks).waitFor({ timeout: 20_000 });
	await page.close();
}

async function sellsFast(salon: Salon, { host, roomId }: Stage, name: string): Promise<void> {
	const people = await Promise.all([buyer(salon.edge(0)), buyer(salon.edge(0))]);
	const path = `/rooms/${roomId}`;
	const guests = await Promise.all(
		people.map((person, edge) => salon.visit(path, { edge, person, ...phone }))
	);
	for (const guest of guests) await untilPlays(guest);
	const desk = await salon.visit(`/studio/${roomId}`, { edge: 0, person: host });
	const others = await Promise.all(looks.map((look) => salon.visit(path, { edge: 0, ...look })));
	await startSale(desk);
	for (const guest of guests) await guest.page.getByRole("timer").waitFor();
	for (const [index, guest] of others.entries()) {
		await guest.page.getByRole("timer").waitFor();
		expect(await faultsOf(guest, "[data-sale]")).toEqual([]);
		await guest.screenshot(`shop-${name}-sale-other-${index}`);
	}
	await guests[0]?.screenshot(`shop-${name}-sale-soon`);
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
		await guest.screenshot(`shop-${name}-sale-${index}`);
	}
	await untilSold(desk);
	await desk.screenshot(`shop-${name}-sale-host`);
	const counts = await Promise.all(
		people.map(async (person) => {
			const path = "/orders";
			return (await order<{ items: unknown[] }>(salon.edge(0), ["GET", path], person)).items.length;
		})
	);
	expect(counts.toSorted()).toEqual([0, 1]);
	for (const guest of guests) {
		await untilPlays(guest);
		expect(problemsOf(guest)).toEqual([]);
	}
	expect(desk.problems).toEqual([]);
}

const looks = [{ ...phone, locale: "zh-CN", colorScheme: "dark" }, { locale: "ko-KR" }] as const;

async function outcomeOf({ page }: Guest): Promise<"won" | "lost" | "unknown"> {
	if (await page.getByText(en.order.toPay).first().isVisible()) return "won";
	const lost = page.getByRole("button", { name: en.shop.soldOut, exact: true });
	return (await lost.isVisible()) ? "lost" : "unknown";
}

/** The host sees the one unit go, and its order. */
async function untilSold({ page }: Guest): Promise<void> {
	const panel = page.getByRole("region", { name: en.goods.sale });
	await panel.getByText(/Left\s*0/).waitFor({ timeout: 20_000 });
	await panel.getByText(/Sold\s*1/).waitFor({ timeout: 20_000 });
	await page.getByRole("region", { name: en.goods.orders }).getByText("$1.00").waitFor();
	await panel.scrollIntoViewIfNeeded();
}

/** One unit for a dollar, a few seconds from now. */
async function startSale({ page }: Guest): Promise<void> {
	await page.getByRole("button", { name: en.goods.saleStart }).click();
	const form = page.getByRole("dialog");
	await form.getByLabel(words(en.goods.salePrice, { currency: "USD" })).fill("1");
	await form.getByRole("textbox", { name: en.goods.saleUnits, exact: true }).fill("1");
	await form.getByLabel(en.goods.saleStartsIn).fill("12");
	await form.getByRole("button", { name: en.goods.saleGo, exact: true }).click();
	await form.waitFor({ state: "detached" });
}

/** A product with two variants and a picture. */
async function writeProduct(desk: Guest, name: string): Promise<void> {
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
	await desk.screenshot(`shop-${name}-product-form`);
	expect(await faultsOf(desk, "[role=dialog]")).toEqual([]);
	await form.getByRole("button", { name: en.goods.save, exact: true }).click();
	await form.waitFor({ state: "detached" });
	await desk.untilSays("Clay teapot");
}

async function fillsShow(salon: Salon, name: string): Promise<void> {
	const { host, roomId } = await openRoom(salon.edge(0));
	const viewer = await salon.visit(`/rooms/${roomId}`, { edge: 1, ...phone });
	await viewer.untilSays(en.chat.empty);
	const desk = await salon.visit("/studio/products", { edge: 0, person: host });
	await writeProduct(desk, name);
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
	await viewer.screenshot(`shop-${name}-pinned`);
	await desk.screenshot(`shop-${name}-console`);
	expect(await faultsOf(desk, "main")).toEqual([]);
	await card.click();
	await sheetOf(viewer).getByText("Colour").waitFor();
	await viewer.page.keyboard.press("Escape");
	const unpin = words(en.goods.unpin, { title: "Clay teapot" });
	await panel.getByRole("button", { name: unpin }).click();
	await card.waitFor({ state: "detached", timeout: 20_000 });
	expect([...desk.problems, ...viewer.problems]).toEqual([]);
}

async function takesCartAlong(salon: Salon, name: string): Promise<void> {
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
	await guest.screenshot(`shop-${name}-cart`);
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
