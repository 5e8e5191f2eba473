/** People, shows, goods and orders with words and figures as long as the platform lets them be. */
import { randomBytes } from "node:crypto";
import { limits } from "../../config/limits.ts";
import { type Person, post, signUp } from "../harness/people.ts";
import { until } from "../harness/until.ts";
import { order, type Product } from "./shop-stage.ts";

export interface Furnished {
	/** Has ordered, and has the same goods in the cart. */
	readonly buyer: Person;
	/** Sells them, in a show that is live. */
	readonly host: Person;
	/** Neither has nor did anything yet. */
	readonly newcomer: Person;
	readonly roomId: string;
	readonly orderId: string;
}

/** Nothing in it may be broken, and its letters are the widest. */
const endless = (characters: number): string => "W".repeat(characters);

const usd = (amount: number) => ({ amount, currency: "USD" });
/** Ten digits before the point, and twelve in all. */
const dearest = limits.skuPriceMinorUnitsMax;

/** Fills an embedded platform; what it makes can be made once more. */
export async function furnish(edge: string): Promise<Furnished> {
	const [host, buyer, newcomer, operator] = await Promise.all([
		signUpAs(edge, endless(limits.nicknameCharactersMax)),
		signUpAs(edge, endless(limits.nicknameCharactersMax)),
		signUp(edge),
		signUp(edge, "operator")
	]);
	await order(edge, ["PUT", `/admin/users/${host.id}/tags/host`], operator);
	const present = { amount: 987_654_321_012, reason: "For the pages" };
	await order(edge, ["POST", `/admin/wallets/${buyer.id}/corrections`, present], operator);
	const roomId = await openShows(edge, host);
	const skuId = await fillShop(edge, { host, roomId });
	const orderId = await shopFor(edge, { buyer, roomId, skuId });
	return { buyer, host, newcomer, roomId, orderId };
}

async function signUpAs(edge: string, nickname: string): Promise<Person> {
	const random = randomBytes(6).toString("hex");
	const words = { username: `test-${random}`, password: `password-${random}` };
	const { user, accessToken, refreshToken } = await post<Session>(edge, "/auth/register", {
		...words,
		nickname
	});
	return { ...words, id: user.id, accessToken, refreshToken };
}

type Session = Pick<Person, "accessToken" | "refreshToken"> & {
	readonly user: { readonly id: string };
};

/** One show of each state; the one that is live. */
async function openShows(edge: string, host: Person): Promise<string> {
	const title = endless(limits.roomTitleCharactersMax);
	const plan = async () =>
		(await order<{ id: string }>(edge, ["POST", "/rooms", { title }], host)).id;
	const step = (id: string, name: "start" | "end") =>
		order(edge, ["POST", `/rooms/${id}/${name}`], host);
	// The tag of a moment ago works within a second.
	let over = "";
	await until(async () => {
		over = await plan();
		return true;
	});
	await step(over, "start");
	await step(over, "end");
	const live = await plan();
	await step(live, "start");
	await plan();
	return live;
}

interface ShowOf {
	readonly host: Person;
	readonly roomId: string;
}

/** Goods of the show, one of them explained now, and in a flash sale; its SKU. */
async function fillShop(edge: string, { host, roomId }: ShowOf): Promise<string> {
	const value = endless(limits.skuAttributeValueCharactersMax);
	const product = await order<Product>(
		edge,
		[
			"POST",
			"/products",
			{
				title: endless(limits.productTitleCharactersMax),
				description: endless(400),
				skus: [{ attributes: [{ name: "Size", value }], price: usd(dearest), stock: 999_999 }]
			}
		],
		host
	);
	const skuId = product.skus[0]?.id ?? "";
	const shelf = `/rooms/${roomId}`;
	await order(edge, ["POST", `${shelf}/products`, { skuId, price: usd(dearest - 1) }], host);
	await order(edge, ["PUT", `${shelf}/pinned`, { skuId }], host);
	const from = Date.now() + 1_000;
	const sale = {
		...{ skuId, price: usd(dearest - 2), stock: 99_999, limitPerUser: 1 },
		startsAt: new Date(from).toISOString(),
		endsAt: new Date(from + 3_600_000).toISOString()
	};
	await order(edge, ["POST", `${shelf}/flash-sales`, sale], host);
	return skuId;
}

interface Wish {
	readonly buyer: Person;
	readonly roomId: string;
	readonly skuId: string;
}

/** Gifts, an order that is not paid yet, and a cart; the order. */
async function shopFor(edge: string, { buyer, roomId, skuId }: Wish): Promise<string> {
	const address = {
		name: endless(limits.addressNameCharactersMax),
		phone: "+82 10-1234-5678",
		country: "KR",
		city: endless(limits.addressCityCharactersMax),
		line1: endless(limits.addressLineCharactersMax),
		postalCode: "04524"
	};
	const { id: addressId } = await order<{ id: string }>(
		edge,
		["POST", "/addresses", address],
		buyer
	);
	const items = [{ skuId, quantity: 9, roomId }];
	const placed = await order<{ items: { id: string }[] }>(
		edge,
		["POST", "/orders", { items, addressId }],
		buyer
	);
	await order(edge, ["POST", `/rooms/${roomId}/gifts`, { giftId: "8", count: 99 }], buyer);
	await order(edge, ["PUT", `/cart/items/${skuId}`, { quantity: 9, roomId }], buyer);
	return placed.items[0]?.id ?? "";
}
