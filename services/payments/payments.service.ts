import { type Env, envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { lease } from "../../mixins/lease/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { intentOfKey, keepIntent, openCheckout, timesOf } from "./payments.checkout.ts";
import { payments } from "./payments.contract.ts";
import { paymentErrors } from "./payments.errors.ts";
import { listAnomalies } from "./payments.events.model.ts";
import { findIntent, findOpenIntent, type Intent, listIntents } from "./payments.intents.model.ts";
import { watchPayments } from "./payments.metrics.ts";
import {
	deletePackage,
	findPackage,
	insertPackage,
	listPackages,
	updatePackage
} from "./payments.packages.model.ts";
import { Poller } from "./payments.poller.ts";
import { receive } from "./payments.settle.ts";
import { anomalyView, managedView, packageView, rechargeView } from "./payments.view.ts";
import { providersOf } from "./providers/index.ts";
import type { PaymentProvider } from "./providers/provider.ts";

export default service(payments, {
	mixins: [lease(), sql()],
	dependencies: ["ids"],
	/** Made in `created` and `started`, when the broker and its environment are there. */
	state: () =>
		({}) as {
			env: Env;
			providers: ReadonlyMap<string, PaymentProvider>;
			poller: Poller | undefined;
			unwatch: (() => void) | undefined;
		},
	methods: {
		/** For the `owner` rule. */
		async findOwned({ id }: { id: string }): Promise<Intent | undefined> {
			const intent = await findIntent(this.sql, id);
			return intent?.purpose === "recharge" ? intent : undefined;
		},

		/** One that is sold now, in the money of this deployment. */
		async soldPackage(id: string) {
			const pack = await findPackage(this.sql, id);
			if (!pack?.isActive || pack.currency !== this.env.currency) {
				throw paymentErrors.PACKAGE_NOT_FOUND();
			}
			return pack;
		}
	},
	actions: {
		async packages() {
			const all = await listPackages(this.sql);
			const sold = all.filter(
				({ isActive, currency }) => isActive && currency === this.env.currency
			);
			return { items: sold.map(packageView), providers: [...this.providers.keys()] };
		},

		async recharge(ctx) {
			const { packageId, provider: name } = ctx.params;
			const { idempotency } = ctx.locals;
			if (!idempotency) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			const provider = this.providers.get(name);
			if (!provider) throw paymentErrors.PROVIDER_UNKNOWN();
			const request = {
				userId: ctx.meta.user.id,
				requestKey: idempotency.key,
				requestHash: idempotency.hash
			};
			// Looked for first: told again, it is the same also when the offer has changed since.
			let intent = await intentOfKey(this.sql, request);
			if (!intent) {
				const { coins, amount, currency } = await this.soldPackage(packageId);
				const { ids } = await ctx.call("ids.take", { name: "payments" });
				intent = await keepIntent(this.sql, {
					...{ ...request, id: ids[0] as string, purpose: "recharge", reference: packageId },
					...{ provider: name, merchant: provider.merchant, amount, currency, coins },
					...timesOf(new Date())
				});
			}
			return rechargeView(await openCheckout(this.sql, intent, { provider, env: this.env }));
		},

		async charge(ctx) {
			const { userId, provider: name, reference, price, expiresAt, key, hash } = ctx.params;
			const provider = this.providers.get(name);
			if (!provider) throw paymentErrors.PROVIDER_UNKNOWN();
			const request = { userId, requestKey: key, requestHash: hash };
			const [now, like] = [new Date(), { userId, reference, provider: name, ...price }];
			let intent = await intentOfKey(this.sql, request);
			intent ??= await findOpenIntent(this.sql, like, now);
			if (!intent) {
				const { ids } = await ctx.call("ids.take", { name: "payments" });
				intent = await keepIntent(this.sql, {
					...{ ...request, ...like, id: ids[0] as string, purpose: "order", coins: 0 },
					...{ merchant: provider.merchant, ...timesOf(now, new Date(expiresAt)) }
				});
			}
			const opened = await openCheckout(this.sql, intent, { provider, env: this.env });
			return { id: opened.id, status: opened.status, checkoutUrl: opened.checkoutUrl };
		},

		getRecharge(ctx) {
			return rechargeView(ctx.locals.entity as Intent);
		},

		async listRecharges(ctx) {
			const { cursor, limit = limits.pageItemsDefault } = ctx.params;
			const before = cursor === undefined ? undefined : decodeCursor(cursor, ["number", "string"]);
			const found = await listIntents(this.sql, {
				...{ userId: ctx.meta.user.id, purpose: "recharge", before },
				limit: limit + 1
			});
			const { items, nextCursor } = pageOf(found, limit, ({ createdAt, id }) => [
				createdAt.getTime(),
				id
			]);
			return { items: items.map(rechargeView), nextCursor };
		},

		async callback(ctx) {
			const { provider: name, body, signature } = ctx.params;
			const provider = this.providers.get(name);
			if (!provider) throw commonErrors.NOT_FOUND();
			const now = new Date();
			const event = provider.verifyCallback({ body, signature, now });
			const received = { provider: name, event, now };
			const outcome = await this.sql.transaction((tx) => receive(tx, received));
			this.logger.info(`${name} told ${event.word} of ${event.intentId}: ${outcome}.`);
			return { received: true };
		},

		async listPackages() {
			return { items: (await listPackages(this.sql)).map(managedView) };
		},

		async createPackage(ctx) {
			const { position = 0, isActive = true, ...offer } = ctx.params;
			const { length } = await listPackages(this.sql);
			if (length >= limits.rechargePackagesMax) throw paymentErrors.TOO_MANY_PACKAGES();
			const { ids } = await ctx.call("ids.take", { name: "rechargePackages" });
			const { currency } = this.env;
			const pack = { ...offer, id: ids[0] as string, currency, position, isActive };
			await insertPackage(this.sql, pack);
			return managedView(pack);
		},

		async updatePackage(ctx) {
			const { id, ...words } = ctx.params;
			await updatePackage(this.sql, id, words);
			const pack = await findPackage(this.sql, id);
			if (!pack) throw paymentErrors.PACKAGE_NOT_FOUND();
			return managedView(pack);
		},

		async removePackage(ctx) {
			const isRemoved = await deletePackage(this.sql, ctx.params.id);
			if (!isRemoved) throw paymentErrors.PACKAGE_NOT_FOUND();
			return {};
		},

		async anomalies(ctx) {
			const { cursor, limit = limits.pageItemsDefault } = ctx.params;
			const shape = ["number", "string", "string"] as const;
			const before = cursor === undefined ? undefined : decodeCursor(cursor, shape);
			const found = await listAnomalies(this.sql, { before, limit: limit + 1 });
			const { items, nextCursor } = pageOf(found, limit, ({ at, provider, eventId }) => [
				at.getTime(),
				provider,
				eventId
			]);
			return { items: items.map(anomalyView), nextCursor };
		}
	},
	created() {
		this.env = envOf(this.broker);
		this.providers = providersOf(this.env);
	},
	async started() {
		const { sql: db, providers, logger } = this;
		const held = await this.lease.hold("payments.poll", { ttlMs: limits.paymentLeaseMilliseconds });
		this.poller = new Poller({ db, providers, logger, held });
		this.poller.start();
		this.unwatch = watchPayments(this.broker, db);
	},
	async stopped() {
		this.unwatch?.();
		await this.poller?.stop();
	}
});
