import { type Env, envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { type Ctx, typed } from "../../lib/context.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { lease } from "../../mixins/lease/index.ts";
import { runtimeSettings } from "../../mixins/runtime-settings/index.ts";
import { sql, type Transaction } from "../../mixins/sql/index.ts";
import { orders } from "./orders.contract.ts";
import { orderErrors } from "./orders.errors.ts";
import { findUse, type Intent, takeKey, type Use } from "./orders.intents.model.ts";
import { countOrders } from "./orders.lists.model.ts";
import {
	type AddressCopy,
	findCheckouts,
	findOrder,
	findOrdersOf,
	type Order
} from "./orders.model.ts";
import { payWithCoins, type StepName, setAddress, takeStep } from "./orders.paying.ts";
import { draftsOf, type Item, type Placing, place, sumOf } from "./orders.placing.ts";
import { type Payable, payableText } from "./orders.rules.ts";
import type { Shipment } from "./orders.shipments.model.ts";
import { showOrder, showOrders, showPage } from "./orders.showing.ts";
import { Sweeper } from "./orders.sweep.ts";
import { countsOf, lineView } from "./orders.view.ts";

type Known = Omit<Intent, "reference">;

export default service(orders, {
	mixins: [lease(), sql(), runtimeSettings()],
	dependencies: ["ids", "room-products", "stock", "addresses"],
	/** Made in `created` and `started`, when the broker and its environment are there. */
	state: () => ({}) as { env: Env; sweeper: Sweeper | undefined },
	methods: {
		/** For the `owner` rule. */
		findOwned({ id }: { id: string }): Promise<Order | undefined> {
			return findOrder(this.sql, id);
		},

		async findCheckout({ id }: { id: string }): Promise<{ userId: string } | undefined> {
			return (await findCheckouts(this.sql, [id])).get(id);
		},

		async findSale({ id }: { id: string }): Promise<{ userId: string } | undefined> {
			const order = await findOrder(this.sql, id);
			return order && { userId: order.sellerId };
		},

		async placed(checkoutId: string, viewerId: string) {
			const found = await findOrdersOf(this.sql, checkoutId);
			return { checkoutId, items: await showOrders(this.sql, found, viewerId) };
		},

		/** What the key of this request was used for before. Throws IDEMPOTENCY_CONFLICT. */
		async usedFor(known: Known): Promise<string | null> {
			const { use, reference } = await findUse(this.sql, known);
			if (use === "conflict") throw commonErrors.IDEMPOTENCY_CONFLICT();
			return reference;
		},

		/** Runs `work` for a key once. Throws IDEMPOTENCY_CONFLICT. */
		async once(known: Known, work: (tx: Transaction) => Promise<Use>): Promise<void> {
			const use = await this.sql.transaction(work);
			if (use !== "new") await this.usedFor(known);
		},

		keyOf(ctx: Ctx, action: Intent["action"]): Known {
			const { idempotency } = ctx.locals;
			if (!idempotency || !ctx.meta.user) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			return { userId: ctx.meta.user.id, ...idempotency, action };
		},

		async address(userId: string, id: string): Promise<AddressCopy> {
			const { address } = await typed(this.broker).call("addresses.find", { userId, id });
			if (!address) throw orderErrors.ADDRESS_NOT_FOUND();
			const { id: _, isDefault: __, ...copy } = address;
			return copy;
		},

		async drafts(items: readonly Item[], buyerId: string) {
			const { coinsPerUnit } = this.env;
			return draftsOf(typed(this.broker).call, items, { buyerId, coinsPerUnit });
		},

		/** What the transaction takes, all read before it. Throws what speaks against it. */
		async prepare(
			items: readonly Item[],
			{ intent, address }: Pick<Placing, "intent" | "address">
		): Promise<Placing> {
			const { call } = typed(this.broker);
			const drafts = await this.drafts(items, intent.userId);
			sumOf(drafts);
			const count = drafts.length;
			const { ids: orderIds } = await call("ids.takeUnordered", { name: "orders", count });
			const placedAt = new Date();
			const minutes = this.runtimeSettings.get("orders.unpaidMinutes");
			const expiresAt = new Date(placedAt.getTime() + minutes * 60_000);
			const { currency } = this.env;
			return { intent, address, drafts, orderIds, currency, placedAt, expiresAt };
		},

		/** Again with what holds now, when an offer changes between being read and being sold. */
		async placeOnce(
			items: readonly Item[],
			words: Pick<Placing, "intent" | "address">
		): Promise<Use> {
			for (let attempt = 1; ; attempt += 1) {
				const placing = await this.prepare(items, words);
				try {
					return await this.sql.transaction((tx) => place(tx, placing));
				} catch (error) {
					const isLast = attempt >= limits.orderAttemptsMax;
					if (isLast || !isError(error, "OFFER_CHANGED")) throw error;
				}
			}
		},

		/** The orders behind what is to be paid. */
		async ordersOf({ kind, id }: Payable): Promise<Order[]> {
			if (kind === "checkout") return findOrdersOf(this.sql, id);
			const order = await findOrder(this.sql, id);
			return order ? [order] : [];
		},

		async payFor(ctx: Ctx<{ id: string; provider: string }>, kind: Payable["kind"]) {
			const payable: Payable = { kind, id: ctx.params.id };
			const known = this.keyOf(ctx, "pay");
			const checkoutUrl =
				ctx.params.provider === "coins"
					? await this.payByCoins(payable, known)
					: await this.payByProvider(payable, known, ctx.params.provider);
			const now = await this.ordersOf(payable);
			const open = now.find(({ status }) => status === "unpaid");
			const shown = open ?? now.find(({ status }) => status !== "closed") ?? now[0];
			return { status: shown?.status ?? "closed", checkoutUrl };
		},

		async payByCoins(payable: Payable, known: Known): Promise<null> {
			const orderIds = (await this.ordersOf(payable)).map(({ id }) => id);
			const intent = { ...known, reference: payable.id };
			const now = new Date();
			await this.once(known, (tx) => payWithCoins(tx, { intent, orderIds, now }));
			return null;
		},

		async payByProvider(payable: Payable, known: Known, provider: string) {
			const [all, now] = [await this.ordersOf(payable), new Date()];
			const unpaid = all.filter((one) => one.status === "unpaid" && one.expiresAt > now);
			const [first] = unpaid;
			if (!first) {
				// Told again after it was paid: the page is of no use any more.
				if ((await this.usedFor(known)) !== null) return null;
				throw orderErrors.ORDER_STATE({ status: all[0]?.status });
			}
			await this.usedFor(known);
			const amount = unpaid.reduce((sum, { total }) => sum + total, 0);
			const { userId, key, hash } = known;
			const charge = await typed(this.broker).call("payments.charge", {
				...{ userId, provider, key, hash, reference: payableText(payable) },
				...{ price: { amount, currency: first.currency }, expiresAt: first.expiresAt.toISOString() }
			});
			// Behind the charge, which may be refused: told again, both are the same.
			await this.once(known, (tx) => takeKey(tx, { ...known, reference: payable.id }, now));
			return charge.checkoutUrl;
		},

		/** A step of one order by its key; the order as it is then. */
		async step(ctx: Ctx<{ id: string }>, action: StepName, shipment?: Shipment) {
			const known = this.keyOf(ctx, action);
			const intent = { ...known, action, reference: ctx.params.id };
			await this.once(known, (tx) => takeStep(tx, intent, { now: new Date(), shipment }));
			return showOrder(this.sql, ctx.params.id, known.userId);
		}
	},
	actions: {
		async quote(ctx) {
			const { items, addressId } = ctx.params;
			const { id } = ctx.meta.user;
			if (addressId !== undefined) await this.address(id, addressId);
			const drafts = await this.drafts(items, id);
			const { total, totalCoins } = sumOf(drafts);
			const wanted = new Map<string, number>();
			for (const { skuId, quantity } of items) {
				wanted.set(skuId, (wanted.get(skuId) ?? 0) + quantity);
			}
			const stocks = await ctx.call("stock.available", { skuIds: [...wanted.keys()] });
			for (const { skuId, available } of stocks.items) {
				if (available < (wanted.get(skuId) ?? 0)) {
					throw orderErrors.STOCK_TOO_LOW({ skuId, available });
				}
			}
			const { currency } = this.env;
			const views = drafts.map((draft) => ({
				sellerId: draft.sellerId,
				total: { amount: draft.total, currency },
				totalCoins: draft.totalCoins,
				lines: draft.lines.map((line) => lineView(line, currency))
			}));
			return { items: views, total: { amount: total, currency }, totalCoins };
		},

		async place(ctx) {
			const { items, addressId } = ctx.params;
			const known = this.keyOf(ctx, "place");
			const { userId } = known;
			// Looked for first: told again, it is the same also when the goods are gone since.
			const before = await this.usedFor(known);
			if (before !== null) return this.placed(before, userId);
			const address = await this.address(userId, addressId);
			const { ids } = await ctx.call("ids.take", { name: "checkouts" });
			const intent = { ...known, reference: ids[0] as string };
			const use = await this.placeOnce(items, { intent, address });
			if (use === "new") return this.placed(intent.reference, userId);
			return this.placed((await this.usedFor(known)) ?? intent.reference, userId);
		},

		list(ctx) {
			const { id: userId } = ctx.meta.user;
			return showPage(this.sql, { who: { userId }, ...ctx.params }, userId);
		},

		get(ctx) {
			return showOrder(this.sql, ctx.params.id, ctx.meta.user.id);
		},

		sales(ctx) {
			const { id: sellerId } = ctx.meta.user;
			return showPage(this.sql, { who: { sellerId }, ...ctx.params }, sellerId);
		},

		async salesCounts(ctx) {
			const { id: sellerId } = ctx.meta.user;
			const found = await countOrders(this.sql, { sellerId, ...ctx.params });
			return countsOf(found);
		},

		pay(ctx) {
			return this.payFor(ctx, "order");
		},

		payCheckout(ctx) {
			return this.payFor(ctx, "checkout");
		},

		cancel(ctx) {
			return this.step(ctx, "cancel");
		},

		async setAddress(ctx) {
			const { id, addressId } = ctx.params;
			const { id: userId } = ctx.meta.user;
			const address = await this.address(userId, addressId);
			await this.sql.transaction((tx) => setAddress(tx, id, address));
			return showOrder(this.sql, id, userId);
		},

		ship(ctx) {
			const { carrier = null, trackingNumber = null } = ctx.params;
			return this.step(ctx, "ship", { carrier, trackingNumber });
		},

		confirm(ctx) {
			return this.step(ctx, "confirm");
		}
	},
	created() {
		this.env = envOf(this.broker);
	},
	async started() {
		const { sql: db, logger } = this;
		const held = await this.lease.hold("orders.sweep", { ttlMs: limits.orderLeaseMilliseconds });
		this.sweeper = new Sweeper({ db, logger, held });
		this.sweeper.start();
	},
	async stopped() {
		await this.sweeper?.stop();
	}
});
