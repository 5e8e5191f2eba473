import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../api/index.ts";
import { connection } from "../chat/index.ts";
import { newer, pinnedNow, type Told, toldBy } from "./goods.ts";

/** All pages of a room hear of a change in one moment; their questions may come one by one. */
const spreadMilliseconds = 1_000;

/**
 * The goods of a room, and the one that is explained now, which follows the socket at once.
 * @param isInRoom the socket tells of changes; what it told while it was away is asked for
 */
export function useGoods(roomId: string, isInRoom: boolean) {
	const client = useQueryClient();
	const [told, setTold] = useState<Told>();
	const goods = useQuery({
		queryKey: ["goods", roomId],
		queryFn: () => call("room-products.list", { id: roomId })
	});
	useEffect(() => {
		setTold(undefined);
		return connection.envelopes.on((envelope) => {
			const next = envelope.roomId === roomId ? toldBy(envelope) : undefined;
			if (next) setTold((known) => newer(known, next));
		});
	}, [roomId]);
	useEffect(() => {
		if (isInRoom) void client.invalidateQueries({ queryKey: ["goods", roomId] });
	}, [client, roomId, isInRoom]);
	const isOld = (told?.version ?? 0) > (goods.data?.version ?? 0);
	useEffect(() => {
		if (!isOld || told === undefined) return;
		const askAgain = () => void client.invalidateQueries({ queryKey: ["goods", roomId] });
		const timer = setTimeout(askAgain, Math.random() * spreadMilliseconds);
		return () => clearTimeout(timer);
	}, [client, roomId, isOld, told]);
	return { ...goods, pinned: pinnedNow(goods.data, told) };
}

export type GoodsNow = ReturnType<typeof useGoods>;
