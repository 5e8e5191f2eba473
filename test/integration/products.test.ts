/** Goods as a host, a viewer and a buyer meet them over HTTP, on one process and on a cluster. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type Person, post, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Sku {
	readonly id: string;
	readonly price: { readonly amount: number; readonly currency: string };
	readonly stock: number;
}
interface Product {
	readonly id: string;
	readonly sellerId: string;
	readonly skus: readonly Sku[];
	readonly version: number;
}
interface Goods {
	readonly version: number;
	readonly items: readonly { skuId: string; price: { amount: number }; stock: number }[];
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`products on ${platform.name}`, () => {
		let host: Person;
		let other: Person;
		let buyer: Person;
		let hops = 0;
		/** Each request goes to the next edge: nothing may depend on staying with one. */
		const edge = () => platform.edges[hops++ % platform.edges.length] ?? "";

		async function call<T>(
			who: Person | undefined,
			route: `${string} /${string}`,
			{ body, key }: { body?: object; key?: string } = {}
		) {
			const [method = "", path = ""] = route.split(" ");
			const answer = await fetch(`${edge()}/api${path}`, {
				method,
				headers: {
					"content-type": "application/json",
					...(who ? { authorization: `Bearer ${who.accessToken}` } : {}),
					...(key ? { "idempotency-key": key } : {})
				},
				...(body ? { body: JSON.stringify(body) } : {})
			});
			return { status: answer.status, body: (await answer.json()) as T };
		}
		const good = async <T>(...args: Parameters<typeof call>) => {
			const answer = await call<T>(...args);
			expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
			return answer.body;
		};
		const refused = (status: number, code: string) => ({ status, body: { error: { code } } });

		const sku = (amount: number, stock: number, size: string) => ({
			attributes: [{ name: "Size", value: size }],
			...{ price: { amount, currency: "USD" }, stock }
		});
		const offer = (who: Person, title = "Oolong") =>
			good<Product>(who, "POST /products", {
				body: { title, category: "tea", skus: [sku(1_200, 20, "S"), sku(2_200, 3, "L")] }
			});
		const room = () => good<{ id: string }>(host, "POST /rooms", { body: { title: "Tea" } });

		beforeAll(async () => {
			[host, other, buyer] = await Promise.all([signUp(edge()), signUp(edge()), signUp(edge())]);
			for (const { accessToken } of [host, other]) {
				await post(edge(), "/users/me/host", {}, accessToken);
			}
		});

		it("a seller offers, changes and withdraws; everybody sees it", async () => {
			const { id, sellerId, skus } = await offer(host);
			expect(sellerId).toBe(host.id);
			expect(skus.map(({ stock }) => stock)).toEqual([20, 3]);
			const shown = await good<Product>(undefined, `GET /products/${id}`);
			expect(shown.skus).toEqual(skus);
			const { items } = await good<{ items: Product[] }>(
				undefined,
				`GET /products?category=food&sellerId=${host.id}`
			);
			expect(items.map((one) => one.id)).toContain(id);
			const change = { version: 1, skus: [{ id: skus[0]?.id, price: sku(900, 0, "").price }] };
			const changed = await good<Product>(host, `PATCH /products/${id}`, { body: change });
			expect(changed.skus[0]?.price.amount).toBe(900);
			// No node may show the old price for longer than a delete of the cache takes.
			await until(async () => {
				const again = await good<Product>(undefined, `GET /products/${id}`);
				return again.skus[0]?.price.amount === 900;
			});
			expect(await call(host, `PATCH /products/${id}`, { body: change })).toMatchObject(
				refused(409, "PRODUCT_CHANGED")
			);
			await good(host, `POST /products/${id}/withdraw`);
			await until(async () => (await call(undefined, `GET /products/${id}`)).status === 404);
		});

		it("stock is the seller's alone, and a repeated correction counts once", async () => {
			const { id, skus } = await offer(host);
			const skuId = skus[0]?.id ?? "";
			const route = `POST /skus/${skuId}/stock-adjustments` as const;
			const sent = { body: { quantity: -5, reason: "Broken" }, key: randomUUID() };
			const first = await good<object>(host, route, sent);
			expect(first).toMatchObject({ onHand: 15, reserved: 0, sold: 0 });
			expect(await good(host, route, sent)).toEqual(first);
			const more = { body: { quantity: -16, reason: "Broken" }, key: randomUUID() };
			expect(await call(host, route, more)).toMatchObject(refused(409, "STOCK_TOO_LOW"));
			expect(await call(host, route, { body: sent.body })).toMatchObject(
				refused(400, "IDEMPOTENCY_KEY_REQUIRED")
			);
			expect(await call(host, route, { ...sent, body: more.body })).toMatchObject(
				refused(409, "IDEMPOTENCY_CONFLICT")
			);
			for (const stranger of [other, buyer]) {
				expect((await call(stranger, route, more)).status).toBe(404);
				expect((await call(stranger, `GET /products/${id}/stock`)).status).toBe(404);
			}
			const stock = await good<{ items: { onHand: number }[] }>(host, `GET /products/${id}/stock`);
			expect(stock.items.map(({ onHand }) => onHand)).toEqual([15, 3]);
			const { items } = await good<{ items: { kind: string }[] }>(
				host,
				`GET /skus/${skuId}/stock-movements`
			);
			expect(items.map(({ kind }) => kind)).toEqual(["adjust", "initial"]);
			const seen = await good<Product>(buyer, `GET /products/${id}`);
			expect(seen.skus[0]?.stock).toBe(15);
		});

		it("a host sells own goods in the room, and pins what is explained", async () => {
			const [{ id: roomId }, own, foreign] = [await room(), await offer(host), await offer(other)];
			const [first = "", second = ""] = own.skus.map(({ id }) => id);
			const goods = `/rooms/${roomId}/products` as const;
			await good(host, `POST ${goods}`, { body: { skuId: first, price: sku(700, 0, "").price } });
			await good(host, `POST ${goods}`, { body: { skuId: second, position: 0 } });
			expect(
				await call(host, `POST ${goods}`, { body: { skuId: foreign.skus[0]?.id } })
			).toMatchObject(refused(403, "SKU_NOT_YOURS"));
			expect((await call(other, `POST ${goods}`, { body: { skuId: first } })).status).toBe(404);
			await until(async () => {
				const { items } = await good<Goods>(undefined, `GET ${goods}`);
				return (
					items.map((one) => `${one.skuId} ${one.price.amount}`).join() ===
					`${second} 2200,${first} 700`
				);
			});
			const pinned = `/rooms/${roomId}/pinned` as const;
			await good(host, `PUT ${pinned}`, { body: { skuId: first } });
			await until(async () => {
				const now = await good<{ pinned: { skuId: string } | null }>(undefined, `GET ${pinned}`);
				return now.pinned?.skuId === first;
			});
			// The room's log has it for whoever comes later.
			await until(async () => {
				const { items } = await good<{ items: { kind: string; body: { type?: string } }[] }>(
					buyer,
					`GET /rooms/${roomId}/messages`
				);
				return items.some(({ kind, body }) => kind === "product" && body.type === "pinned");
			});
			await good(host, `DELETE ${goods}/${first}`);
			await until(async () => {
				const now = await good<{ pinned: object | null }>(undefined, `GET ${pinned}`);
				return now.pinned === null;
			});
		});

		it("keeps addresses of each user, with one default", async () => {
			const body = {
				...{ name: "Kim", phone: "+82 10 1234", country: "KR", city: "Seoul" },
				...{ line1: "12 Sejong-daero", postalCode: "04524" }
			};
			const made = await Promise.all(
				Array.from({ length: 4 }, () =>
					good<{ id: string }>(buyer, "POST /addresses", { body: { ...body, isDefault: true } })
				)
			);
			const list = async () =>
				(await good<{ items: { id: string; isDefault: boolean }[] }>(buyer, "GET /addresses"))
					.items;
			expect((await list()).map(({ isDefault }) => isDefault)).toEqual([true, false, false, false]);
			const id = made[0]?.id ?? "";
			expect((await call(host, `GET /addresses/${id}`)).status).toBe(404);
			const change = { body: { city: "Busan" } };
			expect((await call(host, `PATCH /addresses/${id}`, change)).status).toBe(404);
			expect((await call(host, `DELETE /addresses/${id}`)).status).toBe(404);
			expect(await good(buyer, `PATCH /addresses/${id}`, change)).toMatchObject({ city: "Busan" });
			for (const address of made) await good(buyer, `DELETE /addresses/${address.id}`);
			expect(await list()).toEqual([]);
		});
	});
}
