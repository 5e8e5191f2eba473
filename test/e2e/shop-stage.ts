/** Hosts with goods, buyers with addresses, and pages whose video has to play on. */
import { randomBytes } from "node:crypto";
import { en } from "../../web/src/i18n/en.ts";
import { type Person, signUp } from "../harness/people.ts";
import { until } from "../harness/until.ts";
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
	{ accessToken }: Person
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

/** Sells a product with two variants in the room, the first of them for less than elsewhere. */
export async function fillShelf(
	edge: string,
	{ host, roomId }: { readonly host: Person; readonly roomId: string }
): Promise<Product> {
	const variant = (value: string, stock: number) => ({
		attributes: [{ name: "Size", value }],
		price: usd(2_000),
		stock
	});
	const skus = [variant("100 g", 20), variant("250 g", 5)];
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

/** Where the video is, in seconds; undefined while there is no picture. */
const positionOf = async ({ page }: Guest): Promise<number | undefined> =>
	(await page.evaluate(`(() => {
		const video = document.querySelector("video");
		return video && !video.paused && video.readyState > 1 ? video.currentTime : undefined;
	})()`)) as number | undefined;

/** Back when the picture has moved on for a while; where it is then. */
export async function untilPlays(guest: Guest): Promise<number> {
	let first: number | undefined;
	let last: number | undefined;
	await until(async () => {
		last = await positionOf(guest);
		first ??= last;
		if (first !== undefined && last !== undefined && last > first + 0.5) return true;
		throw new Error(`The video is at ${last}; ${guest.problems}`);
	}, 30_000);
	return last ?? 0;
}

/** A text of the pages with its places filled. */
export const words = (text: string, values: Readonly<Record<string, string | number>>): string =>
	text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name]));

/** What went wrong; whoever leaves a show ends its video, which is no fault. */
export const problemsOf = ({ problems }: Guest): string[] =>
	problems.filter((problem) => !/\/live\/\d+\.flv: net::ERR_ABORTED/.test(problem));

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
