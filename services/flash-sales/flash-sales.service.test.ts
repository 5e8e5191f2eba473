import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import {
	type FlashStage,
	saleFaults,
	saleRoom,
	startFlashSales
} from "../../test/harness/flash-stage.ts";
import { as } from "../../test/harness/shop-stage.ts";
import { until } from "../../test/harness/until.ts";

const key = () => crypto.randomUUID();
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`flash sales on ${backend.name}`, () => {
		let opened: Opened;
		let stage: FlashStage;
		const sales: string[] = [];

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startFlashSales(opened);
		});
		afterAll(async () => {
			await stage?.stop();
			await opened?.close();
		});
		afterEach(async () => {
			for (const saleId of sales.splice(0)) {
				expect(await saleFaults(stage.db, saleId)).toEqual([]);
				await stage.call("flash-sales.cancel", { id: saleId }, as("1")).catch(() => {});
			}
		});

		const open = async (...given: Parameters<FlashStage["sale"]>) => {
			const sale = await stage.sale(...given);
			sales.push(sale.id);
			return sale;
		};
		const get = (id: string, userId?: string) =>
			stage.call("flash-sales.get", { id }, userId === undefined ? {} : as(userId));
		const onHand = async (skuId: string) =>
			(await stage.call("stock.available", { skuIds: [skuId] })).items[0]?.available;
		it("takes the units out of the stock and shows the sale on the server's time", async () => {
			const skuId = await stage.sku(12);
			const made = await stage.make(skuId, { stock: 5, limitPerUser: 2 });
			sales.push(made.id);
			expect(made).toMatchObject({
				...{ roomId: saleRoom, hostId: "1", skuId, title: "Oolong", limitPerUser: 2 },
				...{ status: "open", price: { amount: 500 }, listPrice: { amount: 1_000 } },
				...{ stock: { initial: 5, left: 5, sold: 0 }, purchases: [] }
			});
			expect(await onHand(skuId)).toBe(7);
			expect(Math.abs(Date.parse(made.startsAt) - Date.parse(made.serverTime))).toBeLessThan(5_000);
			const { items } = await stage.call("flash-sales.list", { id: saleRoom });
			expect(items[0]).toMatchObject({ id: made.id, status: "open" });
			expect(await get(made.id)).toMatchObject({ id: made.id, status: "open" });
		});

		it("sells for its price: an order that waits to be paid, told to the room", async () => {
			const sale = await open({ stock: 5, limitPerUser: 3 });
			const answer = await stage.buy(sale.id, "1001", { quantity: 2 });
			expect(answer).toEqual({
				outcome: "bought",
				order: {
					...{ id: expect.any(String), number: answer.order?.id },
					...{ total: { ...sale.price, amount: 1_000 }, expiresAt: expect.any(String) }
				}
			});
			expect(await get(sale.id, "1001")).toMatchObject({
				stock: { initial: 5, left: 3, sold: 2 },
				purchases: [{ order: answer.order, quantity: 2, released: false }]
			});
			expect((await get(sale.id, "1002")).purchases).toEqual([]);
			const lines = await stage.db.query("SELECT * FROM orders_lines WHERE order_id = ?", [
				answer.order?.id ?? ""
			]);
			expect(lines).toMatchObject([{ price: 500, quantity: 2, amount: 1_000, room_id: 100 }]);
			const heard = (name: string, part: object) =>
				stage.heard.some(
					(one) =>
						one.name === name &&
						Object.entries(part).every(([word, value]) => one.payload[word] === value)
				);
			await until(() => heard("flash-sales.changed", { saleId: sale.id, left: 3, sold: 2 }));
			await until(() => heard("orders.placed", { sourceId: sale.id, source: "flash-sale" }));
		});

		it("answers a key the same, however often and whatever came in between", async () => {
			const sale = await open({ stock: 2, limitPerUser: 2 });
			const [bought, lost] = [key(), key()];
			const all = await Promise.all(
				Array.from({ length: 16 }, () => stage.buy(sale.id, "1003", { key: bought }))
			);
			expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
			expect(all[0]?.outcome).toBe("bought");
			await stage.buy(sale.id, "1004");
			expect(await stage.buy(sale.id, "1005", { key: lost })).toEqual({ outcome: "sold-out" });
			expect(await stage.buy(sale.id, "1003", { key: bought })).toEqual(all[0]);
			await expect(stage.buy(sale.id, "1003", { key: bought, quantity: 2 })).rejects.toMatchObject({
				type: "IDEMPOTENCY_CONFLICT"
			});
			// Units come back: new keys can buy, the loser's key stays a loser.
			await stage.timeUp([all[0]?.order?.id ?? ""]);
			await until(async () => (await stage.buy(sale.id, "1006")).outcome === "bought");
			expect(await stage.buy(sale.id, "1005", { key: lost })).toEqual({ outcome: "sold-out" });
			await expect(stage.buy(sale.id, "1005", { key: lost, quantity: 2 })).rejects.toMatchObject({
				type: "IDEMPOTENCY_CONFLICT"
			});
			await stage.call("flash-sales.close", { id: sale.id }, as("1"));
			expect(await stage.buy(sale.id, "1003", { key: bought })).toEqual(all[0]);
			expect(await stage.buy(sale.id, "1007")).toEqual({ outcome: "not-open" });
		});

		it("holds the limit per user over all keys, and gives it back with the units", async () => {
			const sale = await open({ stock: 50, limitPerUser: 2 });
			const answers = await Promise.all(
				Array.from({ length: 12 }, () => stage.buy(sale.id, "1010"))
			);
			const bought = answers.filter(({ outcome }) => outcome === "bought");
			expect(bought).toHaveLength(2);
			expect(answers.filter(({ outcome }) => outcome === "limit-reached")).toHaveLength(10);
			expect(await stage.buy(sale.id, "1011", { quantity: 3 })).toEqual({
				outcome: "limit-reached"
			});
			await stage.timeUp([bought[0]?.order?.id ?? ""]);
			expect((await get(sale.id)).stock).toEqual({ initial: 50, left: 49, sold: 1 });
			expect((await stage.buy(sale.id, "1010")).outcome).toBe("bought");
			expect((await stage.buy(sale.id, "1010")).outcome).toBe("limit-reached");
		});

		it("returns unpaid units once: to the sale while it lasts, to the stock after it", async () => {
			const sale = await open({ stock: 4, limitPerUser: 4 });
			const first = await stage.buy(sale.id, "1020");
			const second = await stage.buy(sale.id, "1020", { quantity: 2 });
			expect(await onHand(sale.skuId)).toBe(96);
			await stage.timeUp([first.order?.id ?? ""]);
			expect((await get(sale.id)).stock).toEqual({ initial: 4, left: 2, sold: 2 });
			const closed = await stage.call("flash-sales.close", { id: sale.id }, as("1"));
			expect(closed).toMatchObject({ status: "closed", stock: { left: 0, sold: 2 } });
			expect(await onHand(sale.skuId)).toBe(98);
			expect(await stage.call("flash-sales.close", { id: sale.id }, as("1"))).toMatchObject({
				status: "closed"
			});
			await stage.timeUp([second.order?.id ?? ""]);
			await expect(stage.timeUp([second.order?.id ?? ""])).rejects.toMatchObject({
				type: "ORDER_STATE"
			});
			expect(await onHand(sale.skuId)).toBe(100);
			expect((await get(sale.id, "1020")).purchases.map(({ released }) => released)).toEqual([
				...[true, true]
			]);
		});

		it("opens and ends by the clock, and by the host", async () => {
			const skuId = await stage.sku();
			const coming = await stage.make(skuId, { startsAt: inSeconds(3), endsAt: inSeconds(6) });
			sales.push(coming.id);
			expect(coming.status).toBe("scheduled");
			const early = key();
			expect(await stage.buy(coming.id, "1030", { key: early })).toEqual({ outcome: "not-open" });
			await expect(
				stage.call("flash-sales.close", { id: coming.id }, as("1"))
			).rejects.toMatchObject({ type: "FLASH_SALE_STATE" });
			await until(async () => (await stage.buy(coming.id, "1030")).outcome === "bought");
			expect(await stage.buy(coming.id, "1030", { key: early })).toEqual({ outcome: "not-open" });
			await until(async () => (await get(coming.id)).stock.left === 0);
			expect(await get(coming.id)).toMatchObject({ status: "closed", stock: { sold: 1 } });
			expect(await onHand(skuId)).toBe(99);

			const withdrawn = await stage.make(skuId, { startsAt: inSeconds(60), endsAt: inSeconds(90) });
			sales.push(withdrawn.id);
			for (let time = 0; time < 2; time++) {
				const view = await stage.call("flash-sales.cancel", { id: withdrawn.id }, as("1"));
				expect(view.status).toBe("cancelled");
			}
			expect(await stage.buy(withdrawn.id, "1031")).toEqual({ outcome: "not-open" });
			expect(await onHand(skuId)).toBe(99);
		});

		it("makes one sale of a key", async () => {
			const [skuId, same] = [await stage.sku(9), key()];
			const endsAt = inSeconds(60);
			const made = await Promise.all(
				Array.from({ length: 4 }, () => stage.make(skuId, { endsAt }, same))
			);
			expect(new Set(made.map(({ id }) => id)).size).toBe(1);
			expect(await onHand(skuId)).toBe(4);
			sales.push(made[0]?.id ?? "");
			await expect(stage.make(skuId, { endsAt, stock: 2 }, same)).rejects.toMatchObject({
				type: "IDEMPOTENCY_CONFLICT"
			});
		});

		it("sends to the address that was named, as it was then", async () => {
			const sale = await open();
			const parts = {
				...{ name: "Kim", phone: "+82 10 1234", country: "KR", city: "Seoul" },
				...{ line1: "Sejong-daero 1", postalCode: "04524" }
			};
			const { id: addressId } = await stage.call("addresses.create", parts, as("1050"));
			const params = { id: sale.id, quantity: 1, addressId };
			const { order } = await stage.call("flash-sales.buy", params, as("1050", key()));
			const [row] = await stage.db.query<{ address: string }>(
				`SELECT c.address FROM orders_checkouts c JOIN orders_orders o ON o.checkout_id = c.id
					WHERE o.id = ?`,
				[order?.id ?? ""]
			);
			expect(JSON.parse(row?.address ?? "")).toMatchObject(parts);
		});

		it("is closed while its gate is missing, until the watcher has built another", async () => {
			const sale = await open({ stock: 3, limitPerUser: 1 });
			const mine = key();
			const first = await stage.buy(sale.id, "1060", { key: mine });
			const service = stage.broker.getLocalService("flash-sales") as unknown as {
				gate: { close(id: string): Promise<void>; epochs(ids: string[]): Promise<number[]> };
			};
			const [epoch = 0] = await service.gate.epochs([sale.id]);
			await service.gate.close(sale.id);
			await expect(stage.buy(sale.id, "1061")).rejects.toMatchObject({ type: "BUSY" });
			await until(async () => ((await service.gate.epochs([sale.id]))[0] ?? 0) > epoch);
			// The new gate knows who has what, and the database what they were answered.
			expect(await stage.buy(sale.id, "1060")).toEqual({ outcome: "limit-reached" });
			expect(await stage.buy(sale.id, "1060", { key: mine })).toEqual(first);
			expect((await stage.buy(sale.id, "1061")).outcome).toBe("bought");
		});

		it("gives back what a dead node had let in", async () => {
			const sale = await open({ stock: 1 });
			type Gate = { settle(): void; balance(id: string, epoch: number, left: number): unknown };
			const service = stage.broker.getLocalService("flash-sales") as unknown as {
				gate: Gate & { enter(request: object): Promise<{ outcome: string }> };
			};
			// Let in by a node that was killed before its commit.
			const lost = { intent: "1070:lost", userId: "1070", fingerprint: "0".repeat(16) };
			const request = { ...lost, saleId: sale.id, quantity: 1, limit: 1 };
			expect((await service.gate.enter(request)).outcome).toBe("passed");
			expect(await stage.buy(sale.id, "1071")).toEqual({ outcome: "sold-out" });
			// Its user may try under another key at once: what they have is in the database.
			expect((await stage.buy(sale.id, "1070")).outcome).toBe("bought");
		});
	});
}
