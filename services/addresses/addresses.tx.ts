/** What sales read of addresses for the orders they place: where their buyers have things sent. */
import type { Queryable } from "../../mixins/sql/index.ts";
import { type AddressRow, defaultsOf } from "./addresses.model.ts";

export type AddressWords = Omit<AddressRow, "id" | "userId" | "isDefault">;

/** The default address of each of these users, by user; those who have none are left out. */
export async function defaultAddresses(
	db: Queryable,
	userIds: readonly string[]
): Promise<Map<string, AddressWords>> {
	const rows = await defaultsOf(db, [...new Set(userIds)]);
	return new Map(rows.map(({ id: _, userId, isDefault: __, ...words }) => [userId, words]));
}
