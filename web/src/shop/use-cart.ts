import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { limits } from "../../../config/limits.ts";
import type { Returns } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { call, useUserId } from "../api/index.ts";
import type { Good } from "./goods.ts";
import { GuestCart, type GuestLine, guestCartKey } from "./guest-cart.ts";

export type Cart = Returns<"carts.get">;
export type CartLine = Cart["items"][number];

const guestCart = new GuestCart(localStorage);
addEventListener("storage", ({ key }) => {
	if (key === guestCartKey || key === null) guestCart.storageChanged();
});

const useGuestLines = () => useSyncExternalStore(guestCart.changes.on, guestCart.lines);

export const cartKey = (userId: string | undefined) => ["cart", userId];

function useUserCart() {
	const userId = useUserId();
	return useQuery({
		queryKey: cartKey(userId),
		queryFn: () => call("carts.get", {}),
		enabled: userId !== undefined
	});
}

/** How many lines the cart has, whosever it is. */
export function useCartCount(): number {
	const guest = useGuestLines();
	const { data } = useUserCart();
	return useUserId() === undefined ? guest.length : (data?.items.length ?? 0);
}

/** The lines as they stand now: the platform's cart, or that of this device. */
export function useCart() {
	const userId = useUserId();
	const cart = useUserCart();
	const guest = useGuestCart(userId === undefined);
	return userId === undefined ? guest : { ...cart, lines: cart.data?.items };
}

/** The price and the stock of each line are asked for; guests' carts are small. */
function useGuestCart(isOn: boolean) {
	const kept = useGuestLines();
	const lines = useQueries({
		queries: (isOn ? kept : []).map((line) => ({
			queryKey: ["guest-line", line.skuId, line.roomId],
			queryFn: () => offerOf(line)
		})),
		combine: (results) => ({
			error: results.find(({ error }) => error)?.error ?? null,
			refetch: () => Promise.all(results.map(({ refetch }) => refetch())),
			offers: results.every(({ data }) => data) ? results.map(({ data }) => data) : undefined
		})
	});
	const shown = lines.offers?.flatMap((offer, index) => {
		const line = kept[index];
		return offer && line ? [guestLine(line, offer)] : [];
	});
	return { lines: shown, error: lines.error, refetch: lines.refetch };
}

type GuestOffer = Pick<
	CartLine,
	"sellerId" | "title" | "pictureUrl" | "attributes" | "roomId" | "price" | "available"
> & { readonly isOnSale: boolean };

async function offerOf({ skuId, productId, roomId, ...line }: GuestLine): Promise<GuestOffer> {
	const gone: GuestOffer = {
		...{ sellerId: "", title: "", pictureUrl: null, attributes: [], roomId: null },
		...{ price: line.priceWhenAdded, available: 0, isOnSale: false }
	};
	const [product, good] = await Promise.all([
		orNothing(call("products.get", { id: productId })),
		roomId === undefined ? undefined : roomGood(roomId, skuId)
	]);
	const sku = product?.skus.find(({ id }) => id === skuId);
	if (!product || !sku) return gone;
	return {
		...{ sellerId: sku.sellerId, title: product.title, attributes: sku.attributes },
		pictureUrl: product.pictures[0] ?? null,
		roomId: good && roomId !== undefined ? roomId : null,
		price: good?.price ?? sku.price,
		available: sku.stock,
		isOnSale: product.status === "published"
	};
}

/** A room's price counts while its show is on. */
async function roomGood(roomId: string, skuId: string): Promise<Good | undefined> {
	const room = await orNothing(call("rooms.get", { id: roomId }));
	if (room?.status !== "live" && room?.status !== "paused") return undefined;
	const goods = await orNothing(call("room-products.list", { id: roomId }));
	return goods?.items.find((good) => good.skuId === skuId);
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
	try {
		return await asked;
	} catch (error) {
		if (error instanceof ApiError && error.status === 404) return undefined;
		throw error;
	}
}

function guestLine(line: GuestLine, { isOnSale, ...offer }: GuestOffer): CartLine {
	const { skuId, productId, quantity, selected, priceWhenAdded } = line;
	const isShort = offer.available < quantity;
	return {
		...{ skuId, productId, quantity, selected, priceWhenAdded, ...offer },
		priceChanged: offer.price.amount !== priceWhenAdded.amount,
		invalid: isOnSale ? (isShort ? "not-enough-stock" : null) : "withdrawn"
	};
}

export interface NewLine {
	readonly good: Pick<Good, "skuId" | "productId" | "price">;
	readonly quantity: number;
	readonly roomId: string | undefined;
}

/** Adds to what the cart has of it already. */
export function useAddToCart() {
	const client = useQueryClient();
	const userId = useUserId();
	return useMutation({
		mutationFn: async ({ good, quantity, roomId }: NewLine) => {
			const { skuId, productId, price } = good;
			if (userId === undefined) {
				const line = { skuId, productId, roomId, quantity, selected: true, priceWhenAdded: price };
				if (!guestCart.add(line)) throw new ApiError("CART_FULL", 409);
				return;
			}
			const { items } = await call("carts.get", {});
			const known = items.find((line) => line.skuId === skuId)?.quantity ?? 0;
			const sum = Math.min(known + quantity, limits.orderQuantityMax);
			const line = { skuId, quantity: sum, selected: true, ...(roomId ? { roomId } : {}) };
			client.setQueryData(cartKey(userId), await call("carts.put", line));
		}
	});
}

export interface LineChange {
	readonly line: CartLine;
	readonly quantity?: number;
	readonly selected?: boolean;
	readonly removed?: true;
}

/** Changes lines of whichever cart is shown. */
export function useCartChange() {
	const client = useQueryClient();
	const userId = useUserId();
	return useMutation({
		// One after the other: the answer to an older change must not come last.
		scope: { id: "cart" },
		mutationFn: async ({ line, removed, ...change }: LineChange) => {
			const { skuId, quantity, selected } = line;
			if (userId !== undefined) {
				const next = { skuId, quantity, selected, ...change };
				return removed ? call("carts.remove", { skuId }) : call("carts.put", next);
			}
			if (removed) guestCart.remove(skuId);
			else guestCart.change(skuId, change);
			return undefined;
		},
		onSuccess: (cart) => cart && client.setQueryData(cartKey(userId), cart)
	});
}

/** Whoever signs in takes along what they collected before. */
export function useGuestCartMerge(): void {
	const client = useQueryClient();
	const userId = useUserId();
	const lines = useGuestLines();
	useEffect(() => {
		if (userId === undefined || lines.length === 0) return;
		const items = lines.map(({ skuId, quantity, roomId }) =>
			roomId === undefined ? { skuId, quantity } : { skuId, quantity, roomId }
		);
		call("carts.merge", { items }).then(
			(cart) => {
				guestCart.brought(lines);
				client.setQueryData(cartKey(userId), cart);
			},
			// What could not be brought now stays here, and is brought with the next page.
			() => undefined
		);
	}, [client, userId, lines]);
}
