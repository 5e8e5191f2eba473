/** From a flash sale to goods on their way over HTTP: where to, how, and what the seller sees. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { giftShop } from "../harness/gift-shop.ts";
import { type Person, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Order {
	readonly id: string;
	readonly status: string;
	readonly address: { readonly city: string } | null;
	readonly shipment: { readonly carrier: string | null; readonly trackingNumber: string | null };
	readonly shippedAt: string;
	readonly confirmsAt: string;
}
interface Bought {
	readonly outcome: string;
	readonly order?: { readonly id: string };
}

const place = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
	...{ line1: "12 Sejong-daero", postalCode: "04524" }
};
const dayMilliseconds = 24 * 3_600_000;

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`sending orders on ${platform.name}`, () => {
		const shop = giftShop(platform.edges);
		let host: Person;
		let roomId: string;
		let saleId: string;

		beforeAll(async () => {
			({ person: host, roomId } = await shop.host());
			const product = await shop.good<{ skus: { id: string }[] }>(host, "POST /products", {
				body: { title: "Oolong", skus: [{ price: { amount: 900, currency: "USD" }, stock: 9 }] }
			});
			const sale = {
				...{ skuId: product.skus[0]?.id, price: { amount: 300, currency: "USD" }, stock: 9 },
				...{ limitPerUser: 1, startsAt: new Date().toISOString() },
				endsAt: new Date(Date.now() + 3_600_000).toISOString()
			};
			const made = await shop.good<{ id: string }>(host, `POST /rooms/${roomId}/flash-sales`, {
				...{ body: sale, key: randomUUID() }
			});
			saleId = made.id;
		});

		const address = (who: Person, city = "Seoul") =>
			shop.good<{ id: string }>(who, "POST /addresses", { body: { ...place, city } });
		/** Asked again while the sale is being opened. */
		async function bought(who: Person): Promise<string> {
			const key = randomUUID();
			let answer: Bought | undefined;
			await until(async () => {
				const path = `POST /flash-sales/${saleId}/purchases` as const;
				const { status, body } = await shop.call<Bought>(who, path, {
					...{ body: { quantity: 1 }, key }
				});
				if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
				answer = body;
				return true;
			}, 20_000);
			expect(answer?.outcome).toBe("bought");
			return answer?.order?.id ?? "";
		}
		const order = (who: Person, id: string) => shop.good<Order>(who, `GET /orders/${id}`);
		const ship = (id: string, body: object = {}) =>
			shop.call<Order>(host, `POST /sales/${id}/ship`, { body, key: randomUUID() });
		const pay = (who: Person, id: string) =>
			shop.good(who, `POST /orders/${id}/pay`, { body: { provider: "coins" }, key: randomUUID() });
		const counts = () =>
			shop.good<Record<string, number>>(host, `GET /sales/counts?flashSaleId=${saleId}`);
		const sales = async (query: string) =>
			(await shop.good<{ items: Order[] }>(host, `GET /sales?${query}`)).items.map(({ id }) => id);

		it("sends what was bought in a flash sale to the default address of its buyer", async () => {
			const buyer = await shop.payer(300);
			await address(buyer);
			await address(buyer, "Busan");
			const id = await bought(buyer);
			expect((await order(buyer, id)).address).toMatchObject({ city: "Seoul" });
			await pay(buyer, id);
			expect(await sales(`status=paid&flashSaleId=${saleId}`)).toEqual([id]);
			expect(await sales(`roomId=${roomId}`)).toContain(id);
			expect(await sales("roomId=999999999")).toEqual([]);
			const words = { carrier: "Korea Post", trackingNumber: "6890 1234 5678" };
			expect((await ship(id, words)).body).toMatchObject({ status: "shipped", shipment: words });
			const seen = await order(buyer, id);
			expect(seen).toMatchObject({ status: "shipped", shipment: words });
			const waits = Date.parse(seen.confirmsAt) - Date.parse(seen.shippedAt);
			expect(waits).toBe(limits.orderConfirmDays * dayMilliseconds);
			expect(await counts()).toMatchObject({ paid: 0, shipped: 1 });
		});

		it("asks a buyer without an address for one, and sends nothing before that", async () => {
			const buyer = await shop.payer(300);
			const id = await bought(buyer);
			expect((await order(buyer, id)).address).toBeNull();
			await pay(buyer, id);
			const refused = await ship(id);
			expect([refused.status, refused.body.error.code]).toEqual([409, "ORDER_WITHOUT_ADDRESS"]);
			const stranger = await signUp(shop.edge());
			const [own, foreign] = [await address(buyer, "Jeju"), await address(stranger)];
			const set = (who: Person, addressId: string) =>
				shop.call<Order>(who, `PUT /orders/${id}/address`, { body: { addressId } });
			expect((await set(stranger, foreign.id)).status).toBe(404);
			expect((await set(buyer, foreign.id)).body.error.code).toBe("ADDRESS_NOT_FOUND");
			for (const _ of [1, 2]) {
				const { status, body } = await set(buyer, own.id);
				expect([status, body.address?.city]).toEqual([200, "Jeju"]);
			}
			expect((await ship(id)).body).toMatchObject({ status: "shipped" });
			expect((await set(buyer, own.id)).body.error.code).toBe("ORDER_STATE");
			const confirmed = await shop.good<Order>(buyer, `POST /orders/${id}/confirm`, {
				key: randomUUID()
			});
			expect(confirmed).toMatchObject({ status: "received", confirmsAt: null });
		});
	});
}
