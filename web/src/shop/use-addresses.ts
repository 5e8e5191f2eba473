import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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

/** What is done to one of them, besides writing it. */
export function useAddressChanges() {
	const client = useQueryClient();
	const onSettled = () => client.invalidateQueries({ queryKey: ["addresses"] });
	return {
		remove: useMutation({
			mutationFn: (id: string) => call("addresses.remove", { id }),
			onSettled
		}),
		makeDefault: useMutation({
			mutationFn: (id: string) => call("addresses.update", { id, isDefault: true }),
			onSettled
		})
	};
}
