import { limits } from "../../config/limits.ts";
import { service } from "../../lib/service.ts";
import { cache, type Namespace } from "../../mixins/cache/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { tags } from "./tags.contract.ts";
import { clearBit, ensureRow, hasRow, readBits, setBit } from "./tags.model.ts";
import { bitOf, type Tag, tagsOf } from "./tags.rules.ts";

interface Change {
	readonly userId: string;
	readonly tag: Tag;
	readonly set: boolean;
	/** The operator who did it; null where the platform did. */
	readonly by: string | null;
}

const cacheName = "tags";

export default service(tags, {
	mixins: [sql(), cache()],
	/** Made in `created`, when the broker has its cache. */
	state: () => ({}) as { cached: Namespace },
	methods: {
		async read(userIds: readonly string[]): Promise<Map<string, Tag[]>> {
			const bitsOf = await readBits(this.sql, userIds);
			return new Map([...bitsOf].map(([userId, bits]) => [userId, tagsOf(bits)]));
		},

		async change(change: Change): Promise<{ changed: boolean }> {
			const { userId, set } = change;
			if (await this.changeRow(change)) return { changed: true };
			if (!set || (await hasRow(this.sql, userId))) return { changed: false };
			// The first tag of this user. The row is made outside the transaction: a refused INSERT
			// would leave a shared lock in it, and two of those are a deadlock.
			await ensureRow(this.sql, userId);
			return { changed: await this.changeRow(change) };
		},

		/** The change, what it makes of the cache and what others hear of it, in one transaction. */
		changeRow(change: Change): Promise<boolean> {
			const { userId, tag, set } = change;
			return this.sql.transaction(async (tx) => {
				const isNew = await (set ? setBit : clearBit)(tx, userId, bitOf(tag));
				if (!isNew) return false;
				await this.cache.invalidate(tx, cacheName, [userId]);
				await publish(tx, "tags.changed", { ...change });
				return true;
			});
		}
	},
	actions: {
		async of(ctx) {
			const { userIds } = ctx.params;
			const found = await this.cached.getMany(userIds, (missing) => this.read(missing));
			return { items: userIds.map((userId) => ({ userId, tags: found.get(userId) ?? [] })) };
		},
		async set(ctx) {
			return this.change({ ...ctx.params, set: true, by: null });
		},
		async cancel(ctx) {
			return this.change({ ...ctx.params, set: false, by: null });
		},
		async grant(ctx) {
			const { userId, tag } = ctx.params;
			// Throws NOT_FOUND: a tag for a mistyped id would wait for whoever gets that id.
			await ctx.call("users.account", { id: userId });
			return this.change({ userId, tag, set: true, by: ctx.meta.user.id });
		},
		async revoke(ctx) {
			const { userId, tag } = ctx.params;
			return this.change({ userId, tag, set: false, by: ctx.meta.user.id });
		}
	},
	created() {
		// The net below the deletes is as short as the promise: a node that dies between its commit
		// and its delete, or a bus that loses one, keeps no revoked tag alive for longer.
		const ttlMs = limits.tagsAgeMillisecondsMax;
		this.cached = this.cache.namespace(cacheName, { ttlMs, nullTtlMs: ttlMs });
	}
});
