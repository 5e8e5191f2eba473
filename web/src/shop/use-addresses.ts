import { useQuery } from "@tanstack/react-query";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";

export type Address = Returns<"addresses.get">;

export const addressesKey = (userId: string | undefined) => ["addresses", userId];

/** The signed-in user's, the default first; no data for guests. */
export function useAddresses() {
	const userId = useUserId();
	return useQuery({
		queryKey: addressesKey(userId),
		queryFn: async () => (await call("addresses.list", {})).items,
		enabled: userId !== undefined,
		staleTime: 60_000
	});
}

/** Null when there is none yet. */
export function useDefaultAddress() {
	const addresses = useAddresses();
	return { isPending: addresses.isPending, data: addresses.data?.[0] ?? null };
}
