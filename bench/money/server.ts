/**
 * The platform over HTTP on MariaDB, its gifts in groups or one by one, with a live room and people
 * who have coins; writes where that stands as the first line:
 * `node server.ts grouped|one-by-one <dataDir> <mysqlUrl>`.
 */
import { writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import type { GroupCommit } from "../../lib/group-commit.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { startPlatform } from "../../scripts/start.ts";
import type { GiftIntent, GiftVerdict } from "../../services/gifts/gifts.sending.ts";
import { coinCurrency, postTransfers } from "../../services/wallets/wallets.tx.ts";
import { benchEnv } from "../backends.ts";
import type { GiftSetup } from "./load.ts";
import { oneByOne, type PlainGift } from "./one-by-one.ts";

/** So many that nobody meets the limit of gifts per user. */
const people = 240;
const coins = 10_000_000;

async function register(broker: ServiceBroker, name: string) {
	const { call } = typed(broker);
	const words = { username: name, nickname: name, password: "bench-bench" };
	const { user, accessToken } = await call("auth.register", words);
	return { id: user.id, accessToken };
}

async function liveRoom(broker: ServiceBroker, kind: string): Promise<string> {
	const { call } = typed(broker);
	const { id } = await register(broker, `host-${kind}`);
	await call("tags.set", { userId: id, tag: "host" });
	await sleep(2 * limits.tagsAgeMillisecondsMax);
	const meta = { user: { id, sessionId: "1" } };
	const room = await call("rooms.create", { title: "Bench" }, { meta });
	await call("rooms.start", { id: room.id }, { meta });
	await openIncome(id);
	return room.id;
}

/** The peer only adds to accounts that are there. */
async function openIncome(userId: string): Promise<void> {
	const db = openSql(env);
	const legs = [
		{ account: { system: "platform", currency: coinCurrency }, amount: -1 },
		{ account: { userId, kind: "income" }, amount: 1 }
	] as const;
	const welcome = { intent: `welcome:${userId}`, kind: "grant", reference: userId, legs };
	await db.transaction((tx) => postTransfers(tx, [welcome]));
	await db.close();
}

/** All of the service but its commits: those are the peer's own. */
async function commitOneByOne(): Promise<void> {
	const peer = await oneByOne(mysqlUrl);
	// Ids of records that no generator reaches; the part at the service has begun lower.
	let number = 2 ** 51;
	const submit = async (intent: GiftIntent): Promise<GiftVerdict> => {
		const { key, hostId, roomId, sessionId, sender } = intent;
		const gift: PlainGift = { number: ++number, key, userId: sender.id, hostId, roomId, sessionId };
		await peer.give(gift);
		return { outcome: "sent", id: String(gift.number), balance: 0, combo: 1 };
	};
	const service = broker.getLocalService("gifts") as unknown as {
		sending: GroupCommit<GiftIntent, GiftVerdict>;
	};
	service.sending = { submit, stop: service.sending.stop.bind(service.sending), size: 0 };
}

async function payers(broker: ServiceBroker, kind: string): Promise<string[]> {
	const tokens: string[] = [];
	for (let number = 0; number < people; number++) {
		const { id, accessToken } = await register(broker, `payer-${kind}-${number}`);
		const grant = { userId: id, amount: coins, reference: `bench:${id}` };
		await typed(broker).call("wallets.grant", grant);
		tokens.push(accessToken);
	}
	return tokens;
}

const [kind = "", dataDir = "", mysqlUrl = ""] = process.argv.slice(2);
const env = benchEnv(join(dataDir, kind), {
	DEMO: "0",
	MYSQL_URL: mysqlUrl,
	MEDIA_PORT: "0",
	RTMP_PORT: "0"
});
const broker = await startPlatform(env);
const { server } = broker.getLocalService("gateway") as unknown as { server: Server };
const setup: GiftSetup = {
	url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
	roomId: await liveRoom(broker, kind),
	tokens: await payers(broker, kind)
};
if (kind === "one-by-one") await commitOneByOne();
const file = join(dataDir, `${kind}.json`);
writeFileSync(file, JSON.stringify(setup));
console.log(file);
