import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import type { Returns } from "../api/client.ts";
import { call, useUserId } from "../api/index.ts";
import { connection } from "../chat/index.ts";

export type Wallet = Returns<"wallets.get">;

const keyOf = (userId: string | undefined) => ["wallet", userId];

/** What the signed-in user has; no data for guests. Follows what the socket tells. */
export function useWallet() {
	const client = useQueryClient();
	const userId = useUserId();
	useEffect(() => {
		if (userId === undefined) return;
		return connection.envelopes.on((envelope) => {
			if (isAboutCoins(envelope)) void client.invalidateQueries({ queryKey: keyOf(userId) });
		});
	}, [client, userId]);
	return useQuery({
		queryKey: keyOf(userId),
		queryFn: () => call("wallets.get", {}),
		enabled: userId !== undefined
	});
}

const isAboutCoins = ({ kind, body }: Envelope): boolean =>
	kind === "gift-failed" || (kind === "system" && body.type === "recharged");

/** For answers that tell the balance themselves, and for those that make it old. */
export function useWalletChanges() {
	const client = useQueryClient();
	const userId = useUserId();
	const queryKey = keyOf(userId);
	return {
		became: (balance: number) =>
			client.setQueryData(
				queryKey,
				(wallet: Wallet | undefined) => wallet && { ...wallet, balance }
			),
		isOld() {
			void client.invalidateQueries({ queryKey });
			void client.invalidateQueries({ queryKey: ["entries", userId] });
		}
	};
}
