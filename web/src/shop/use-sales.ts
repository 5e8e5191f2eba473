import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call, useUserId } from "../api/index.ts";
import { connection } from "../chat/index.ts";
import { phaseOf, type Sale, saleToldBy, withTold } from "./sales.ts";
import { nowBy, type ServerTime, serverTimeOf } from "./server-time.ts";

export interface SalesNow {
	readonly items: readonly Sale[];
	readonly time: ServerTime;
}

/** The socket tells of every change; what gets lost on its way, this finds. */
const whileOnMilliseconds = 5_000;
const otherwiseMilliseconds = 30_000;

const keyOf = (roomId: string) => ["sales", roomId];

/** The flash sales of a room with the platform's time, as the socket tells of them. */
export function useSales(roomId: string, isInRoom: boolean) {
	const client = useQueryClient();
	const sales = useQuery({
		queryKey: keyOf(roomId),
		queryFn: async (): Promise<SalesNow> => {
			const sentAt = performance.now();
			const { serverTime, items } = await call("flash-sales.list", { id: roomId });
			return { items, time: serverTimeOf(serverTime, sentAt, performance.now()) };
		},
		refetchInterval: ({ state: { data } }) => {
			const isOn = data?.items.some((sale) =>
				["soon", "open"].includes(phaseOf(sale, nowBy(data.time, performance.now())))
			);
			return (isOn ? whileOnMilliseconds : otherwiseMilliseconds) * (0.75 + Math.random() / 2);
		}
	});
	useEffect(() => follow(client, roomId), [client, roomId]);
	useEffect(() => {
		if (isInRoom) void client.invalidateQueries({ queryKey: keyOf(roomId) });
	}, [client, roomId, isInRoom]);
	return sales;
}

function follow(client: QueryClient, roomId: string): () => void {
	const versions = new Map<string, number>();
	return connection.envelopes.on((envelope) => {
		const told = envelope.roomId === roomId ? saleToldBy(envelope) : undefined;
		if (!told || told.version <= (versions.get(told.saleId) ?? 0)) return;
		versions.set(told.saleId, told.version);
		client.setQueryData(keyOf(roomId), (known: SalesNow | undefined) => {
			const items = known && withTold(known.items, told);
			if (known && items) return { ...known, items };
			void client.invalidateQueries({ queryKey: keyOf(roomId) });
			return known;
		});
	});
}

/** What the signed-in user bought in a sale; nothing for guests. */
export function usePurchases(saleId: string) {
	const userId = useUserId();
	return useQuery({
		queryKey: ["sale", saleId, userId],
		queryFn: () => call("flash-sales.get", { id: saleId }),
		enabled: userId !== undefined
	});
}

const tickMilliseconds = 250;

/** The platform's time in milliseconds, a few times a second. */
export function useNow(time: ServerTime): number {
	const [steady, setSteady] = useState(() => performance.now());
	useEffect(() => {
		const timer = setInterval(() => setSteady(performance.now()), tickMilliseconds);
		return () => clearInterval(timer);
	}, []);
	return nowBy(time, Math.max(steady, time.seenAt));
}
