/**
 * Gifts with group commit beside one transaction per gift, on MariaDB: at the service, to one host
 * and to a hundred, and over HTTP through the gateway. Both sides write the same rows: transfer,
 * three entries, three balances, record, outbox message.
 */
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import type { Env } from "../config/env.ts";
import { typed } from "../lib/context.ts";
import { openSql } from "../mixins/sql/index.ts";
import giftsService from "../services/gifts/gifts.service.ts";
import idsService from "../services/ids/ids.service.ts";
import { coinCurrency, postTransfers } from "../services/wallets/wallets.tx.ts";
import { onEachSql } from "./backends.ts";
import { bench, type Compare, closedLoop, say } from "./harness.ts";
import { type Served, serve } from "./http.ts";
import { giftLoad } from "./money/load.ts";
import { everybody, liveRooms } from "./money/neighbours.ts";
import { connections, type OneByOne, oneByOne } from "./money/one-by-one.ts";

/** So many that nobody meets the limit of gifts per user. */
const payers = 10_000;
const firstPayer = 1_000;
const payerOf = (number: number) => String(firstPayer + (number % payers));
const hosts = 100;
const httpCallers = 64;

/** The second row has no more callers than the peer has connections. */
const rows = [
	{ hosts: 1, callers: 256, reach: 10 },
	{ hosts: 1, callers: 32 },
	{ hosts, callers: 256 }
];

/** Coins for everybody who pays. */
async function fill(env: Env): Promise<void> {
	const db = openSql(env);
	const coins = 1_000_000;
	for (let from = 0; from < payers; from += 250) {
		const users = Array.from({ length: 250 }, (_, index) => String(firstPayer + from + index));
		await db.transaction((tx) =>
			postTransfers(
				tx,
				users.map((userId) => ({
					...{ intent: `bench:${userId}`, kind: "recharge", reference: userId },
					legs: [
						{ account: { system: "world", currency: coinCurrency }, amount: -coins },
						{ account: { userId, kind: "coins" }, amount: coins }
					]
				}))
			)
		);
	}
	// The peer only adds to accounts that are there.
	await db.transaction((tx) =>
		postTransfers(
			tx,
			Array.from({ length: hosts }, (_, index) => String(index + 1)).map((userId) => ({
				...{ intent: `welcome:${userId}`, kind: "grant", reference: userId },
				legs: [
					{ account: { system: "platform", currency: coinCurrency }, amount: -1 },
					{ account: { userId, kind: "income" }, amount: 1 }
				]
			}))
		)
	);
	await db.close();
}

async function start(env: Env): Promise<ServiceBroker> {
	const broker = new ServiceBroker(brokerOptions(env));
	for (const schema of [idsService, giftsService, liveRooms, everybody]) {
		broker.createService(schema);
	}
	await broker.start();
	return broker;
}

let sent = 0;
/** Ids of records that no generator of ours reaches. */
let told = 2 ** 50;

/** One gift after another, from all payers in turn, to so many hosts in turn. */
const giver = (broker: ServiceBroker, hosts: number) => () => {
	const number = ++sent;
	const user = { id: payerOf(number), sessionId: "1" };
	const params = { id: String(1 + (number % hosts)), giftId: "2", count: 1 };
	const headers = { "idempotency-key": `bench-${number}` };
	return typed(broker).call("gifts.send", params, { meta: { user }, headers });
};

const peerGiver = (peer: OneByOne, hosts: number) => () => {
	const number = ++told;
	const hostId = String(1 + (number % hosts));
	const room = { hostId, roomId: hostId, sessionId: hostId };
	return peer.give({ number, key: `peer-${number}`, userId: payerOf(number), ...room });
};

async function atTheService(env: Env, compare: Compare): Promise<void> {
	await fill(env);
	const ours = await start(env);
	const peer = await oneByOne(env.mysqlUrl ?? "");
	try {
		for (const { hosts, callers, reach } of rows) {
			await compare({
				what: `gifts to ${hosts === 1 ? "one host" : `${hosts} hosts`}, ${callers} in flight`,
				unit: "gifts/s",
				ours: closedLoop(giver(ours, hosts), { inFlight: callers }),
				// More callers than connections would only wait for one.
				peer: closedLoop(peerGiver(peer, hosts), { inFlight: connections }),
				peerName: `one transaction per gift, ${connections} connections`,
				...(reach ? { reach } : {})
			});
		}
	} finally {
		await ours.stop();
		await peer.close();
	}
	await check(env);
}

/** A figure counts only if the ledger is right after it. */
async function check(env: Env): Promise<void> {
	const db = openSql(env);
	const one = async (text: string): Promise<number> =>
		Number((await db.query<{ value: number }>(text))[0]?.value);
	const records = await one("SELECT COUNT(*) AS value FROM gifts_records");
	const transfers = await one(
		"SELECT COUNT(*) AS value FROM wallets_transfers WHERE kind = 'gift'"
	);
	const told = await one(
		"SELECT COUNT(*) AS value FROM outbox_messages WHERE channel = 'gifts.sent'"
	);
	const sum = await one("SELECT SUM(balance) AS value FROM wallets_accounts");
	await db.close();
	if (records !== transfers || records !== told || sum !== 0) {
		throw new Error(`${records} records, ${transfers} transfers, ${told} messages, sum ${sum}`);
	}
	say(`  after it: ${records} gifts, each with a record, a transfer and a message; sum 0`);
}

async function throughTheGateway(env: Env, compare: Compare): Promise<void> {
	const script = join(import.meta.dirname, "money", "server.ts");
	const servers: Served[] = [];
	try {
		for (const kind of ["grouped", "one-by-one"]) {
			servers.push(await serve(script, kind, env.dataDir, env.mysqlUrl ?? ""));
		}
		const [ours, peer] = servers as [Served, Served];
		await compare({
			what: `POST /api/rooms/:id/gifts to one host, ${httpCallers} connections`,
			unit: "gifts/s",
			ours: giftLoad(ours.url, httpCallers),
			peer: giftLoad(peer.url, httpCallers),
			peerName: `one transaction per gift, ${connections} connections`
		});
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
	}
}

await bench("money", (compare) =>
	onEachSql(async (name, env) => {
		if (name !== "MariaDB") return;
		await atTheService(env, compare);
		await throughTheGateway(env, compare);
	})
);
