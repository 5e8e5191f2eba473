/** Hosts with goods, buyers with addresses, and pages whose video has to play on. */
import { randomBytes } from "node:crypto";
import { en } from "../../web/src/i18n/en.ts";
import { type Person, signUp } from "../harness/people.ts";
import type { Guest } from "./chat-stage.ts";

export interface Sku {
	readonly id: string;
}

export interface Product {
	readonly id: string;
	readonly skus: readonly Sku[];
}

/** One request with somebody's token and, for what moves goods or money, a key of its own. */
export async function order<T>(
	edge: string,
	[method, path, body]: readonly [method: string, path: string, body?: object],
	{ accessToken }: Pick<Person, "accessToken">
): Promise<T> {
	const answer = await fetch(`${edge}/api${path}`, {
		method,
		headers: {
			"content-type": "application/json",
			"idempotency-key": randomBytes(8).toString("hex"),
			authorization: `Bearer ${accessToken}`
		},
		...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) })
	});
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as T;
}

const usd = (amount: number) => ({ amount, currency: "USD" });

interface Shelf {
	readonly host: Person;
	readonly roomId: string;
	/** Units of the first variant: 20 unless told. */
	readonly units?: number;
}

/** Sells a product with two variants in the room, the first of them for less than elsewhere. */
export async function fillShelf(
	edge: string,
	{ host, roomId, units = 20 }: Shelf
): Promise<Product> {
	const variant = (value: string, stock: number) => ({
		attributes: [{ name: "Size", value }],
		price: usd(2_000),
		stock
	});
	const skus = [variant("100 g", units), variant("250 g", 5)];
	const words = { title: "Spring oolong", description: "From the first harvest.", skus };
	const product = await order<Product>(edge, ["POST", "/products", words], host);
	for (const [index, { id }] of product.skus.entries()) {
		const good = { skuId: id, ...(index === 0 ? { price: usd(1_500) } : {}) };
		await order(edge, ["POST", `/rooms/${roomId}/products`, good], host);
	}
	return product;
}

/** Somebody who has said where they live. */
export async function buyer(edge: string): Promise<Person> {
	const person = await signUp(edge);
	const address = {
		...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR" },
		...{ city: "Seoul", line1: "12 Sejong-daero", postalCode: "04524" }
	};
	await order(edge, ["POST", "/addresses", address], person);
	return person;
}

/** A text of the pages with its places filled. */
export const words = (text: string, values: Readonly<Record<string, string | number>>): string =>
	text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name]));

/** What went wrong; whoever leaves a page ends what it was loading, which is no fault. */
export const problemsOf = ({ problems }: Guest): string[] =>
	problems.filter((problem) => !problem.endsWith(": net::ERR_ABORTED"));

export const sheetOf = ({ page }: Guest) => page.getByRole("dialog");

/** Where somebody lives, into the form that asks for it. */
export async function fillAddress(guest: Guest): Promise<void> {
	const sheet = sheetOf(guest);
	const fill = (label: string, text: string) => sheet.getByLabel(label).fill(text);
	await sheet.getByLabel(en.address.country).selectOption("KR");
	await fill(en.address.name, "Kim Minji");
	await fill(en.address.phone, "+82 10-1234-5678");
	await fill(en.address.city, "Seoul");
	await fill(en.address.postalCode, "04524");
	await fill(en.address.line1, "12 Sejong-daero");
}

/** In the dialog that is open. */
export async function signInBy({ page }: Guest, { username, password }: Person): Promise<void> {
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("tab", { name: en.account.byName }).click();
	await dialog.getByRole("textbox", { name: en.account.username }).fill(username);
	await dialog.locator("input[type=password]").fill(password);
	await dialog.getByRole("button", { name: en.account.signIn, exact: true }).click();
	await dialog.waitFor({ state: "detached" });
}

/** The payment page opens beside the show, is paid at, and closes. */
export async function payInSandbox(guest: Guest, total: string): Promise<void> {
	const sheet = sheetOf(guest);
	await sheet.getByRole("radio", { name: en.wallet.sandbox }).check();
	const [page] = await Promise.all([
		guest.context.waitForEvent("page"),
		sheet.getByRole("button", { name: words(en.order.pay, { total }) }).click()
	]);
	await page.getByRole("button", { name: "Pay", exact: true }).click();
	await page.waitForURL(/\/orders\/\d+$/);
	await page.getByText(en.order.thanks).waitFor();
	await page.close();
}

/** The host sells units of the first good for a dollar, some seconds from now. */
export async function startSale(
	{ page }: Guest,
	{ units, seconds }: { readonly units: number; readonly seconds: number }
): Promise<void> {
	await page.getByRole("button", { name: en.goods.saleStart }).click();
	const form = page.getByRole("dialog");
	await form.getByLabel(words(en.goods.salePrice, { currency: "USD" })).fill("1");
	const count = form.getByRole("textbox", { name: en.goods.saleUnits, exact: true });
	await count.fill(String(units));
	await form.getByLabel(en.goods.saleStartsIn).fill(String(seconds));
	await form.getByRole("button", { name: en.goods.saleGo, exact: true }).click();
	await form.waitFor({ state: "detached" });
}

/** What a page says of its flash sale: an order that waits to be paid, or that there is no more. */
export async function outcomeOf({ page }: Guest): Promise<"won" | "lost" | "unknown"> {
	if (await page.getByText(en.order.toPay).first().isVisible()) return "won";
	const lost = page.getByRole("button", { name: en.shop.soldOut, exact: true });
	return (await lost.isVisible()) ? "lost" : "unknown";
}

/** The host sees all units go, and the orders. */
export async function untilSold({ page }: Guest, units: number): Promise<void> {
	const panel = page.getByRole("region", { name: en.goods.sale });
	await panel.getByText(/Left\s*0/).waitFor();
	await panel.getByText(new RegExp(`Sold\\s*${units}`)).waitFor();
	const orders = page.getByRole("region", { name: en.goods.orders });
	await orders.getByText("$1.00").first().waitFor();
	await panel.scrollIntoViewIfNeeded();
}
