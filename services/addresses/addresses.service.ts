import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { sql, type Transaction } from "../../mixins/sql/index.ts";
import { addresses } from "./addresses.contract.ts";
import { addressErrors } from "./addresses.errors.ts";
import {
	type AddressRow,
	clearDefault,
	deleteAddress,
	findAddress,
	insertAddress,
	listAddresses,
	lockUser,
	updateAddress
} from "./addresses.model.ts";
import { isCountry, tidy } from "./addresses.rules.ts";

const view = ({ userId: _, ...address }: AddressRow) => address;

type Words = Omit<AddressRow, "id" | "userId" | "isDefault">;

/** What was given, tidied. Throws COUNTRY_UNKNOWN. */
function wordsOf<Given extends Partial<Words>>(given: Given): Given {
	if (given.country !== undefined && !isCountry(given.country)) {
		throw addressErrors.COUNTRY_UNKNOWN({ country: given.country });
	}
	const words = Object.entries(given).map(([name, text]) => [name, tidy(text ?? null)]);
	return Object.fromEntries(words) as Given;
}

export default service(addresses, {
	mixins: [sql()],
	dependencies: ["ids"],
	methods: {
		/** For the `owner` rule. */
		findOwned({ id }: { id: string }) {
			return findAddress(this.sql, id);
		},

		async view(id: string) {
			const address = await findAddress(this.sql, id);
			if (!address) throw commonErrors.NOT_FOUND();
			return view(address);
		},

		/** One at a time per user; `work` sees the user's addresses as they are now. */
		change(userId: string, work: (tx: Transaction, own: AddressRow[]) => Promise<void>) {
			return this.sql.transaction(async (tx) => {
				await lockUser(tx, userId);
				await work(tx, await listAddresses(tx, userId));
			});
		}
	},
	actions: {
		async list(ctx) {
			return { items: (await listAddresses(this.sql, ctx.meta.user.id)).map(view) };
		},

		get(ctx) {
			return view(ctx.locals.entity as AddressRow);
		},

		async create(ctx) {
			const { isDefault: wanted = false, line2 = null, ...given } = ctx.params;
			const words = wordsOf({ ...given, line2 });
			const userId = ctx.meta.user.id;
			const { ids } = await ctx.call("ids.take", { name: "addresses" });
			const id = ids[0] as string;
			await this.change(userId, async (tx, own) => {
				const max = limits.addressesPerUserMax;
				if (own.length >= max) throw addressErrors.TOO_MANY_ADDRESSES({ max });
				const isDefault = wanted || own.length === 0;
				if (isDefault) await clearDefault(tx, userId);
				await insertAddress(tx, { id, userId, isDefault, ...words }, new Date());
			});
			return this.view(id);
		},

		async update(ctx) {
			const { id, isDefault: wanted = false, ...given } = ctx.params;
			const words = wordsOf(given);
			await this.change(ctx.meta.user.id, async (tx, own) => {
				const before = own.find((address) => address.id === id);
				if (!before) throw commonErrors.NOT_FOUND();
				if (wanted) await clearDefault(tx, before.userId);
				await updateAddress(tx, { ...before, ...words, isDefault: before.isDefault || wanted });
			});
			return this.view(id);
		},

		async remove(ctx) {
			const { id } = ctx.params;
			await this.change(ctx.meta.user.id, async (tx, own) => {
				const gone = own.find((address) => address.id === id);
				if (!gone) throw commonErrors.NOT_FOUND();
				await deleteAddress(tx, id);
				const next = own.find((address) => address.id !== id);
				if (gone.isDefault && next) await updateAddress(tx, { ...next, isDefault: true });
			});
			return {};
		},

		async find(ctx) {
			const address = await findAddress(this.sql, ctx.params.id);
			return { address: address?.userId === ctx.params.userId ? view(address) : null };
		}
	}
});
