/** The road's shop: something from the bag is paid for, and a hundred units go to a thousand. */
import { expect } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { faultsOf } from "../harness/accessibility.ts";
import { until } from "../harness/until.ts";
import { type Buyer, buyAtOnce } from "./crowd.ts";
import type { Road } from "./road-stage.ts";
import {
	fillAddress,
	order,
	outcomeOf,
	payInSandbox,
	sheetOf,
	startSale,
	untilSold,
	words
} from "./shop-stage.ts";
import { ask } from "./show.ts";
import { eyesOn } from "./viewer.ts";

const patienceMs = 60_000;
const saleUnits = 100;
/** A dollar, in cents. */
const saleUnitPrice = 100;

interface Orders {
	readonly items: readonly { readonly status: string; readonly total: { amount: number } }[];
}

const statesOf = ({ items }: Orders) => items.map(({ status, total }) => [status, total.amount]);

/** Looks at a good and its variants, and buys two of it while the picture goes on. */
export async function buyFromBag({ salon, one, buyer, keep }: Road): Promise<void> {
	const before = await eyesOn(one).untilPlays(1, patienceMs);
	const sheet = sheetOf(one);
	await one.press(words(en.shop.bag, { count: 1 }));
	await sheet.getByText("Spring oolong").waitFor();
	await keep(one, "bag");
	expect(await faultsOf(one, "[role=dialog]")).toEqual([]);
	await sheet.getByRole("button", { name: /Spring oolong/ }).click();
	await sheet.getByText("$15.00").waitFor();
	await sheet.getByText("250 g", { exact: true }).last().click();
	await sheet.getByText("$20.00").first().waitFor();
	await sheet.getByText("100 g", { exact: true }).last().click();
	await sheet.getByRole("button", { name: en.shop.more }).click();
	await keep(one, "product");
	expect(await faultsOf(one, "[role=dialog]")).toEqual([]);
	await sheet.getByRole("button", { name: en.shop.buyNow }).click();
	await fillAddress(one);
	await sheet.getByRole("button", { name: en.address.save }).click();
	const place = sheet.getByRole("button", {
		name: words(en.checkout.placeFor, { total: "$30.00" })
	});
	await place.waitFor();
	await keep(one, "checkout");
	await place.click();
	await sheet.getByRole("radio", { name: en.wallet.sandbox }).waitFor();
	await keep(one, "to-pay");
	await payInSandbox(one, "$30.00");
	await sheet.getByText(en.order.thanks).waitFor({ timeout: patienceMs });
	await keep(one, "paid");
	// The same picture has gone on all the while.
	const after = await eyesOn(one).untilPlays(1, patienceMs);
	expect(after.position).toBeGreaterThan(before.position);
	expect(statesOf(await order<Orders>(salon.edge(0), ["GET", "/orders"], buyer))).toEqual([
		["paid", 3_000]
	]);
	await one.page.keyboard.press("Escape");
}

interface Sale {
	readonly id: string;
	readonly status: string;
	readonly stock: { readonly initial: number; readonly left: number; readonly sold: number };
}

interface Sold {
	readonly saleId: string;
	/** Of the crowd. */
	readonly winners: readonly Buyer[];
	/** What the phone got, which pressed with them. */
	readonly ownUnits: number;
}

/** Everybody of the crowd and one phone press at the same moment; what was sold, and to whom. */
export async function sellFast(road: Road, crowd: readonly Buyer[]): Promise<Sold> {
	const { salon, roomId, desk, one, two, keep } = road;
	const { edges } = salon.platform;
	await startSale(desk, { units: saleUnits, seconds: 15 });
	for (const { page } of [one, two]) await page.getByRole("timer").waitFor({ timeout: patienceMs });
	await keep(one, "sale-soon");
	const list = ["GET", `/rooms/${roomId}/flash-sales`] as const;
	const { id: saleId = "" } = (await ask<{ items: Sale[] }>(salon.edge(0), list)).items[0] ?? {};
	const button = two.page.getByRole("button", { name: en.sale.buy, exact: true });
	await button.waitFor({ timeout: patienceMs });
	for (const edge of edges) await untilSale({ edge, saleId }, { status: "open" });
	const [, attempts] = await Promise.all([
		// It may hear that all is sold before it comes to press.
		button.click({ timeout: 5_000 }).catch(() => {}),
		buyAtOnce(edges, { crowd, saleId })
	]);
	await until(async () => (await outcomeOf(two)) !== "unknown", patienceMs);
	const ownUnits = (await outcomeOf(two)) === "won" ? 1 : 0;
	await keep(two, ownUnits === 1 ? "sale-won" : "sale-lost");
	const winners = attempts.filter(({ outcome }) => outcome === "bought");
	const losers = attempts.filter(({ outcome }) => outcome === "sold-out");
	expect([winners.length + ownUnits, winners.length + losers.length]).toEqual([
		saleUnits,
		crowd.length
	]);
	const stock = { initial: saleUnits, left: 0, sold: saleUnits };
	for (const edge of edges) await untilSale({ edge, saleId }, { stock });
	await until(async () => (await outcomeOf(one)) === "lost", patienceMs);
	await keep(one, "sale-sold-out");
	await untilSold(desk, saleUnits);
	await keep(desk, "sale-at-the-host");
	return { saleId, winners, ownUnits };
}

interface SaleAt {
	readonly edge: string;
	readonly saleId: string;
}

const untilSale = ({ edge, saleId }: SaleAt, what: Partial<Sale>): Promise<void> =>
	until(async () => {
		expect(await ask<Sale>(edge, ["GET", `/flash-sales/${saleId}`])).toMatchObject(what);
		return true;
	}, patienceMs);

/** Who bought finds it in the list: one order each for the crowd, and the two on their pages. */
export async function lookAtOrders(road: Road, { winners, ownUnits }: Sold): Promise<void> {
	const { salon, roomId, one, two, keep } = road;
	await Promise.all(
		winners.map((winner, index) =>
			until(async () => {
				const orders = await order<Orders>(salon.edge(index), ["GET", "/orders"], winner);
				expect(statesOf(orders)).toEqual([["unpaid", saleUnitPrice]]);
				return true;
			}, patienceMs)
		)
	);
	await one.page.goto(`${salon.edge(0)}/orders`);
	await one.untilSays("Spring oolong", patienceMs);
	await one.page.getByText(en.order.status.paid, { exact: true }).last().waitFor();
	expect(await faultsOf(one, "main")).toEqual([]);
	await keep(one, "orders");
	await two.page.goto(`${salon.edge(1)}/orders`);
	await two.untilSays(ownUnits === 1 ? "$1.00" : en.order.none, patienceMs);
	await keep(two, "orders-on-another-edge");
	for (const [edge, { page }] of [one, two].entries()) {
		await page.goto(`${salon.edge(edge)}/rooms/${roomId}`);
	}
}
