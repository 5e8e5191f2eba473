import { useQuery } from "@tanstack/react-query";
import { call, useUserId } from "../api/index.ts";
import { cartKey } from "../shop/use-cart.ts";

/** The platform has one currency for goods; it stands in every cart, an empty one too. */
export function useCurrency(): string | undefined {
	const userId = useUserId();
	const { data } = useQuery({
		queryKey: cartKey(userId),
		queryFn: () => call("carts.get", {}),
		enabled: userId !== undefined
	});
	return data?.selectedTotal.currency;
}
