/** What the demo host sells in the demo room. */
import { Readable } from "node:stream";
import type { ServiceBroker } from "moleculer";
import { envOf } from "../../config/env.ts";
import { type Meta, type ReturnsOf, typed } from "../../lib/context.ts";
import { isError } from "../../lib/errors.ts";
import { exponentOf } from "../../lib/money.ts";
import { type demoDrawings, demoPicture } from "./pictures.ts";

interface DemoSku {
	readonly attributes: { name: string; value: string }[];
	/** In hundredths of a unit of a currency like the dollar. */
	readonly cents: number;
	readonly stock: number;
}

interface DemoProduct {
	/** Names the intent: the same product is made once, however often this runs. */
	readonly key: string;
	readonly picture: keyof typeof demoDrawings;
	readonly title: string;
	readonly description: string;
	readonly category: string;
	readonly skus: readonly DemoSku[];
}

const variant = (name: string, value: string, cents: number, stock: number): DemoSku => ({
	...{ attributes: [{ name, value }], cents, stock }
});

export const demoProducts: readonly DemoProduct[] = [
	{
		key: "demo-oolong",
		picture: "oolong",
		title: "Spring oolong",
		description: "Picked in April on the south slope, roasted twice over charcoal.",
		category: "tea",
		skus: [variant("Weight", "50 g", 1_200, 200), variant("Weight", "100 g", 2_200, 120)]
	},
	{
		key: "demo-gaiwan",
		picture: "gaiwan",
		title: "Celadon gaiwan, 120 ml",
		description: "Thrown and glazed by hand; each one is a little different.",
		category: "kitchen",
		skus: [variant("Glaze", "Sky", 3_800, 40), variant("Glaze", "Moss", 3_800, 12)]
	},
	{
		key: "demo-scarf",
		picture: "scarf",
		title: "Linen scarf",
		description: "Washed linen, 180 × 60 cm.",
		category: "fashion",
		skus: [
			variant("Colour", "Sand", 2_900, 30),
			variant("Colour", "Indigo", 2_900, 30),
			variant("Colour", "Rust", 2_900, 1)
		]
	},
	{
		key: "demo-candle",
		picture: "candle",
		title: "Beeswax candle",
		description: "Burns for about twenty hours.",
		category: "home",
		skus: [{ attributes: [], cents: 900, stock: 0 }]
	}
];

/** A price that is about as much in any currency: 1,200 cents are 12 dollars or 12,000 won. */
const minorUnits = (cents: number, currency: string): number => {
	const exponent = exponentOf(currency);
	return exponent === 0 ? cents * 10 : cents * 10 ** (exponent - 2);
};

/**
 * Shows a product with a picture of its own, unless it has one. Apart from making it: a picture
 * has another address each time it is sent, and the intent would be another one by it.
 */
async function picture(
	broker: ServiceBroker,
	product: ReturnsOf<"products.create">,
	{ name, meta }: { name: DemoProduct["picture"]; meta: Meta }
): Promise<void> {
	if (product.pictures.length > 0) return;
	const stream = Readable.from([demoPicture(name)], { objectMode: false });
	const options = { meta, stream, retries: 0 };
	const { url } = (await broker.call("files.upload", {}, options)) as ReturnsOf<"files.upload">;
	await typed(broker).call("products.update", { id: product.id, pictures: [url] }, { meta });
}

/** Needs `files`, `products` and `room-products`; does nothing when the room ever had goods. */
export async function seedGoods(
	broker: ServiceBroker,
	{ hostId, roomId }: { hostId: string; roomId: string }
): Promise<void> {
	const { call } = typed(broker);
	const { currency } = envOf(broker);
	if ((await call("room-products.list", { id: roomId })).version > 0) return;
	const meta = { user: { id: hostId, sessionId: "0" } };
	for (const { key, skus, picture: name, ...words } of demoProducts) {
		const offered = skus.map(({ attributes, cents, stock }) => ({
			...{ attributes, stock, price: { amount: minorUnits(cents, currency), currency } }
		}));
		const params = { ...words, skus: offered };
		try {
			const product = await call("products.create", params, {
				...{ meta, headers: { "idempotency-key": key } }
			});
			await picture(broker, product, { name, meta });
			for (const sku of product.skus) {
				await call("room-products.add", { id: roomId, skuId: sku.id }, { meta });
			}
		} catch (error) {
			// Made by an earlier version of these lines, and withdrawn or changed since.
			const isOld = isError(error, "IDEMPOTENCY_CONFLICT") || isError(error, "SKU_NOT_ON_SALE");
			if (!isOld) throw error;
		}
	}
}
