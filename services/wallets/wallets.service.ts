import { limits } from "../../config/limits.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { lease } from "../../mixins/lease/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { wallets } from "./wallets.contract.ts";
import { walletErrors } from "./wallets.errors.ts";
import { listEntries } from "./wallets.history.model.ts";
import { watchLedger } from "./wallets.metrics.ts";
import { openAndLock, readAccounts, writeFrozen } from "./wallets.model.ts";
import { canOwn, keyOf, type UserAccount } from "./wallets.rules.ts";
import { Sweeper } from "./wallets.sweep.ts";
import { coinCurrency, postTransfers, type TransferRequest } from "./wallets.tx.ts";

const kinds = ["coins", "income"] as const;

const keysOf = (userId: string) => kinds.map((kind) => keyOf({ userId, kind }));

const isCoins = ({ kind }: { readonly kind: string }): boolean => kind === "coins";

const platform = { system: "platform", currency: coinCurrency } as const;

/** Coins between an account and the platform's own. */
const legsOf = (account: UserAccount, amount: number) => [
	{ account, amount },
	{ account: platform, amount: -amount }
];

export default service(wallets, {
	mixins: [lease(), sql()],
	state: () => ({}) as { sweeper: Sweeper | undefined; unwatch: (() => void) | undefined },
	methods: {
		/** From the primary: whoever has just spent must not see the coins again. */
		async balancesOf(userIds: readonly string[]) {
			const rows = await readAccounts(this.sql, userIds.filter(canOwn).flatMap(keysOf));
			const byOwner = Map.groupBy(rows, ({ owner }) => owner);
			return userIds.map((userId) => {
				const own = byOwner.get(userId) ?? [];
				const { balance = 0, held = 0, frozen = false } = own.find(isCoins) ?? {};
				const income = own.find((account) => !isCoins(account))?.balance ?? 0;
				return { userId, balance, held, income, frozen };
			});
		},

		async setFrozen(userId: string, frozen: boolean): Promise<{ changed: boolean }> {
			return this.sql.transaction(async (tx) => {
				const accounts = await openAndLock(tx, keysOf(userId));
				const others = accounts.filter((account) => account.frozen !== frozen);
				if (others.length === 0) return { changed: false };
				await writeFrozen(
					tx,
					others.map(({ id }) => id),
					frozen
				);
				return { changed: true };
			});
		},

		/** Throws INSUFFICIENT_BALANCE, IDEMPOTENCY_CONFLICT. */
		async post(request: TransferRequest) {
			const [verdict] = await this.sql.transaction((tx) => postTransfers(tx, [request]));
			switch (verdict?.outcome) {
				case "posted":
				case "repeated":
					return { transferId: verdict.transferId, repeated: verdict.outcome === "repeated" };
				case "conflict":
					throw commonErrors.IDEMPOTENCY_CONFLICT();
				default:
					throw walletErrors.INSUFFICIENT_BALANCE();
			}
		}
	},
	actions: {
		async get(ctx) {
			const { id } = ctx.meta.user;
			const [wallet, { items }] = await Promise.all([
				this.balancesOf([id]),
				ctx.call("tags.of", { userIds: [id] })
			]);
			const { balance = 0, held = 0, frozen = false, income = 0 } = wallet[0] ?? {};
			// Who is no host any more keeps what was earned.
			const earns = income > 0 || items[0]?.tags.includes("host");
			return { balance, held, frozen, ...(earns ? { income } : {}) };
		},

		async entries(ctx) {
			const { cursor, limit = limits.pageItemsDefault, account = "coins" } = ctx.params;
			const [before] = cursor === undefined ? [] : decodeCursor(cursor, ["number"]);
			const { id: accountId } = keyOf({ userId: ctx.meta.user.id, kind: account });
			const found = await listEntries(this.sql, { accountId, before, limit: limit + 1 });
			const { items, nextCursor } = pageOf(found, limit, ({ sequence }) => [sequence]);
			return {
				items: items.map(({ sequence, transferId: _, at, ...shown }) => ({
					...{ id: String(sequence), ...shown, at: at.toISOString() }
				})),
				nextCursor
			};
		},

		async freeze(ctx) {
			const { userId } = ctx.params;
			await ctx.call("users.account", { id: userId });
			return this.setFrozen(userId, true);
		},

		async unfreeze(ctx) {
			const { userId } = ctx.params;
			await ctx.call("users.account", { id: userId });
			return this.setFrozen(userId, false);
		},

		async correct(ctx) {
			const { userId, account: kind = "coins", amount } = ctx.params;
			if (amount === 0) throw commonErrors.VALIDATION_FAILED({ field: "amount" });
			const { key, hash } = ctx.locals.idempotency ?? {};
			if (key === undefined || hash === undefined) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			await ctx.call("users.account", { id: userId });
			const name = `${ctx.meta.user.id}:${key}`;
			const posted = await this.post({
				intent: `correction:${name}`,
				kind: "correction",
				// With the hash, so that the same key with another reason is another request too.
				reference: `${name}:${hash.slice(0, 12)}`,
				legs: legsOf({ userId, kind }, amount),
				evenFrozen: true
			});
			const [after] = await readAccounts(this.sql, [keyOf({ userId, kind })]);
			return { ...posted, balance: after?.balance ?? 0 };
		},

		async show(ctx) {
			const { userId } = ctx.params;
			await ctx.call("users.account", { id: userId });
			const [wallet] = await this.balancesOf([userId]);
			if (!wallet) throw commonErrors.NOT_FOUND();
			return wallet;
		},

		async balances(ctx) {
			return { items: await this.balancesOf(ctx.params.userIds) };
		},

		async grant(ctx) {
			const { userId, amount, reference } = ctx.params;
			return this.post({
				intent: `grant:${reference}`,
				kind: "grant",
				reference,
				legs: legsOf({ userId, kind: "coins" }, amount)
			});
		}
	},
	async started() {
		const held = await this.lease.hold("wallets.holds", { ttlMs: limits.walletLeaseMilliseconds });
		this.sweeper = new Sweeper({ db: this.sql, held, logger: this.logger });
		this.sweeper.start();
		this.unwatch = watchLedger(this.broker, this.sql);
	},
	async stopped() {
		this.unwatch?.();
		await this.sweeper?.stop();
	}
});
