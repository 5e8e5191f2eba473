/** Money: whoever is killed in the middle, each intent moves its coins once (G1, G4, G5). */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { mariaDbCommand } from "../../scripts/servers/mariadb.ts";
import { natsCommand } from "../../scripts/servers/nats.ts";
import { redisCommand } from "../../scripts/servers/redis.ts";
import { coinCurrency, postTransfers } from "../../services/wallets/wallets.tx.ts";
import { giftShop } from "../harness/gift-shop.ts";
import { type Person, signUp } from "../harness/people.ts";
import type { NodeProcess } from "../harness/platforms.ts";
import { until } from "../harness/until.ts";
import { type Books, readBooks } from "./money/books.ts";
import { checkBalances, checkIntents, checkRanks } from "./money/checks.ts";
import { type MoneyStage, moneyStage } from "./money/stage.ts";
import { type Settled, Storm, type Toll } from "./money/storm.ts";

const available = mariaDbCommand() && natsCommand() && redisCommand();
const intentsMin = 3_000;
const killsMin = 8;
/** More only until an answer was lost after its commit, which no kill can be aimed at. */
const killsMax = 40;
/** All but the last few can pay for everything. */
const [givers, poor, hosts] = [16, 4, 4];
const linesPerGiver = 3;
const outageMs = 300;
const [coinsOfRich, coinsOfPoor] = [1_000_000, 333];

let stage: MoneyStage | undefined;
afterEach(() => stage?.stop());

interface Cast {
	readonly people: readonly Person[];
	/** What each of them begins with. */
	readonly coins: ReadonlyMap<string, number>;
	readonly rooms: readonly { readonly roomId: string }[];
}

async function setCast({ edge, db }: MoneyStage): Promise<Cast> {
	const shop = giftShop([edge]);
	const rooms = await Promise.all(Array.from({ length: hosts }, () => shop.host()));
	const people = await Promise.all(Array.from({ length: givers }, () => signUp(edge)));
	const coins = new Map(
		people.map(({ id }, index) => [id, index < givers - poor ? coinsOfRich : coinsOfPoor])
	);
	await db.transaction((tx) =>
		postTransfers(
			tx,
			[...coins].map(([userId, amount]) => ({
				...{ intent: `start:${userId}`, kind: "recharge", reference: userId },
				legs: [
					{ account: { system: "world", currency: coinCurrency }, amount: -amount },
					{ account: { userId, kind: "coins" }, amount }
				]
			}))
		)
	);
	return { people, coins, rooms };
}

/** Not by its health: that wants video too. */
async function untilOpen(edge: string): Promise<void> {
	for (const path of ["/gifts", "/rooms"]) {
		await until(async () => (await fetch(`${edge}/api${path}`)).ok, 120_000);
	}
	await until(async () => (await signUp(edge)).id !== "", 30_000);
}

/** Waits until a few more gifts went through: whoever is struck next is at work again. */
async function untilBusy(storm: Storm): Promise<void> {
	const before = storm.settled.length;
	await until(() => storm.settled.length > before + 50 && storm.inFlight > 10, 60_000);
}

interface Strikes {
	/** Attempts in flight that each `kill -9` of a node left without an answer. */
	readonly nodes: number[];
	/** Attempts that waited for mariadbd when it was killed. */
	readonly mariadb: number;
}

/** Kills the nodes of money in turn, and mariadbd once in the middle. */
async function strikeAll(
	{ db, mariadb, startMoney }: MoneyStage,
	storm: Storm,
	nodes: NodeProcess[]
): Promise<Strikes> {
	const tolls: Toll[] = [];
	let ofMariaDb: Toll | undefined;
	const enough = async () =>
		tolls.length >= killsMin && lostAnswers(storm.settled, await readBooks(db)) > 0;
	while (tolls.length < killsMax && !(await enough())) {
		await untilBusy(storm);
		const turn = tolls.length % nodes.length;
		const node = nodes[turn] as NodeProcess;
		const kill = async () => {
			node.signal("SIGKILL");
			await node.gone;
		};
		tolls.push(await storm.strike(kill));
		nodes[turn] = startMoney(node.name);
		if (tolls.length === killsMin / 2) {
			await untilBusy(storm);
			ofMariaDb = await storm.strike(async () => {
				await mariadb.kill();
				// Whoever is answered in spite of it had the answer on its way already.
				await sleep(outageMs);
			});
			await mariadb.restart();
		}
	}
	await until(() => storm.settled.length >= intentsMin, 240_000);
	storm.end();
	return { nodes: tolls.map((toll) => toll.lost()), mariadb: ofMariaDb?.caught() ?? 0 };
}

/** Intents whose coins had moved before the attempt that was told so began. */
const lostAnswers = (settled: readonly Settled[], books: Books): number =>
	settled.filter(({ intent, attemptAt, isAlone }) => {
		const record = books.records.get(intent.key);
		return isAlone && record !== undefined && record.at < attemptAt;
	}).length;

describe.skipIf(!available)("money under kill -9", () => {
	it("moves the coins of each intent exactly once, whatever was killed", async () => {
		stage = await moneyStage();
		const nodes = ["money-1", "money-2"].map((name) => stage?.startMoney(name) as NodeProcess);
		await untilOpen(stage.edge);
		const cast = await setCast(stage);
		const storm = new Storm(stage.edge);
		const lines = cast.people.flatMap((giver, index) =>
			Array.from({ length: linesPerGiver }, (_, line) => ({
				giver,
				roomId: cast.rooms[(index + line) % hosts]?.roomId as string
			}))
		);
		const raging = storm.rage(lines);
		const strikes = await Promise.race([
			strikeAll(stage, storm, nodes),
			raging.then(() => Promise.reject(new Error("The storm was over before the faults.")))
		]);
		await raging;

		expect(strikes.nodes.length).toBeGreaterThanOrEqual(killsMin);
		const struck = strikes.nodes.filter((toll) => toll > 0);
		expect(struck.length, `kills mid-flight of ${strikes.nodes}`).toBeGreaterThan(killsMin / 2);
		expect(strikes.mariadb, "in flight when mariadbd died").toBeGreaterThan(0);

		const books = await readBooks(stage.db);
		checkIntents(storm.settled, books);
		// The hard case did happen: paid, the answer lost, asked again and told the first answer.
		expect(lostAnswers(storm.settled, books), "answers lost after the commit").toBeGreaterThan(0);
		await checkBalances(stage.db, books, { coins: cast.coins });
		const verified = await stage.run("scripts/ledger-verify.ts");
		expect(verified).toMatchObject({ code: 0, log: expect.stringContaining("is whole") });
		await checkRanks(stage.db, books);
	});
});
