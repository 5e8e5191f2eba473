import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { type FlashStage, saleFaults, startFlashSales } from "../../test/harness/flash-stage.ts";
import { as } from "../../test/harness/shop-stage.ts";

const home = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
	...{ line1: "12 Sejong-daero", line2: "Floor 3", postalCode: "04524" }
};

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`addresses of flash sales on ${backend.name}`, () => {
		let opened: Opened;
		let stage: FlashStage;

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startFlashSales(opened);
		});
		afterAll(async () => {
			await stage?.stop();
			await opened?.close();
		});

		/** Where the order goes; null: its buyer has yet to say. */
		async function sentTo(orderId: string): Promise<unknown> {
			const [row] = await stage.db.query<{ address: string }>(
				`SELECT c.address FROM orders_checkouts c JOIN orders_orders o ON o.checkout_id = c.id
					WHERE o.id = ?`,
				[orderId]
			);
			return JSON.parse(row?.address ?? "");
		}

		it("are the defaults of their buyers, the one that was named, or none", async () => {
			const create = (who: string, change: object = {}) =>
				stage.call("addresses.create", { ...home, ...change }, as(who));
			await create("2001");
			const second = await create("2001", { city: "Busan" });
			await create("2002", { city: "Jeju" });
			await create("2002", { city: "Daegu", isDefault: true });
			const sale = await stage.sale({ stock: 9 });
			// At once, so that they share a commit.
			const buy = (who: string, words: object = {}) =>
				stage.call(
					"flash-sales.buy",
					{ id: sale.id, quantity: 1, ...words },
					as(who, crypto.randomUUID())
				);
			const answers = await Promise.all([
				buy("2001", { addressId: second.id }),
				buy("2002"),
				buy("2003")
			]);
			expect(answers.map(({ outcome }) => outcome)).toEqual(["bought", "bought", "bought"]);
			const places = await Promise.all(answers.map(({ order }) => sentTo(order?.id ?? "")));
			expect(places).toEqual([{ ...home, city: "Busan" }, { ...home, city: "Daegu" }, null]);
			expect(await saleFaults(stage.db, sale.id)).toEqual([]);
		});
	});
}
