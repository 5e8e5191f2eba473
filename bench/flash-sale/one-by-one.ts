/**
 * The other side: the same service, gate, steps and rows, but a transaction of its own for each
 * order, on 32 connections.
 */
import type { ServiceBroker } from "moleculer";
import type { Env } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import {
	type BuyIntent,
	type BuyVerdict,
	buyAll,
	type NewIds
} from "../../services/flash-sales/flash-sales.buying.ts";
import { Desk, type Lane } from "../../services/flash-sales/flash-sales.desk.ts";
import type { GateStore } from "../../services/flash-sales/flash-sales.store.ts";

export const connections = 32;

interface FlashSales {
	readonly sql: Sql;
	readonly gate: GateStore;
	takeIds(count: number): Promise<NewIds>;
	desk: Desk;
}

/** Makes the orders of this broker commit one by one; ends with the returned function. */
export function oneByOne(broker: ServiceBroker, env: Env): () => Promise<void> {
	const service = broker.getLocalService("flash-sales") as unknown as FlashSales;
	const pools = Array.from({ length: Math.ceil(connections / limits.sqlConnectionsMax) }, () =>
		openSql(env)
	);
	const waiting: (() => void)[] = [];
	let free = connections;
	let turn = 0;
	const { coinsPerUnit } = env;
	const submit = async (saleId: string, intent: BuyIntent): Promise<BuyVerdict> => {
		if (free > 0) free--;
		else await new Promise<void>((go) => waiting.push(go));
		try {
			const ids = await service.takeIds(1);
			const pool = pools[turn++ % pools.length];
			const [verdict] =
				(await pool?.transaction((tx) =>
					buyAll(tx, { saleId, intents: [intent], ids, coinsPerUnit })
				)) ?? [];
			if (!verdict) throw new Error("There is no verdict.");
			return verdict;
		} finally {
			const next = waiting.shift();
			if (next) next();
			else free++;
		}
	};
	const openLane = (saleId: string): Lane => ({
		submit: (intent) => submit(saleId, intent),
		stop: async () => {},
		size: 0
	});
	service.desk = new Desk({ db: service.sql, gate: service.gate, openLane });
	return async () => {
		await Promise.all(pools.map((pool) => pool.close()));
	};
}
