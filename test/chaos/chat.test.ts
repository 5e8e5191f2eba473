/** Chat on a cluster of processes, of which some are killed while people talk. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Person, post } from "../harness/people.ts";
import { untilHealthy } from "../harness/platforms.ts";
import { until } from "../harness/until.ts";
import type { Follower } from "./chat/follower.ts";
import { type ChatStage, Crowd, liveRoom, startChatStage, tellAll } from "./chat/stage.ts";
import { watchSockets } from "./chat/watch.ts";

const urls = inject("servers");
const available = Boolean(urls.natsUrl && urls.redisUrl && urls.mysqlReplicaUrl);
/** What the guarantees say: presence and counts after a node's death; a ban anywhere. */
const staleMillisecondsMax = 5_000;
const banMillisecondsMax = 1_000;

/** Letters are pushed again for a while only: what is still missing then waits in the inbox. */
const untilHasAll = (follower: Follower, told: readonly string[]): Promise<void> =>
	until(async () => {
		await follower.readInbox();
		const had = new Set(follower.letters.values());
		return told.every((text) => had.has(text));
	}, 20_000);

describe.skipIf(!available)("chat while things break", () => {
	let stage: ChatStage;
	let edges: readonly string[];
	let host: Person;
	let roomId: string;
	let crowd: Crowd;

	beforeAll(async () => {
		stage = await startChatStage(urls);
		edges = stage.cluster.edges;
	});
	afterAll(() => stage?.stop());
	afterEach(async () => {
		await crowd?.close();
		// A test that failed while it was away must not fail the others.
		if (stage.redis.pid === undefined) await stage.redis.restart();
	});

	async function newCrowd(): Promise<Crowd> {
		({ host, roomId } = await liveRoom(edges[0] as string));
		crowd = new Crowd(edges, roomId);
		return crowd;
	}

	const revive = async (name: string, edge: number) => {
		stage.cluster.restart(name);
		await untilHealthy(edges[edge] as string, stage.cluster.nodes);
	};
	const online = async (follower: Follower, userIds: readonly string[]) =>
		(await follower.call<{ userIds: string[] }>("im.online", { userIds })).userIds;
	const listed = async (): Promise<number> => {
		const answer = await fetch(`${edges[0]}/api/rooms/${roomId}`);
		return ((await answer.json()) as { viewers: number }).viewers;
	};

	/** Nobody saw a line twice, out of turn, or missed one without being told. */
	function everybodyIsRight(): Map<string, string> {
		const log = new Map<string, string>();
		for (const { faults, lines } of crowd.followers) {
			expect(faults).toEqual([]);
			for (const [place, text] of lines) {
				expect(log.get(place) ?? text).toBe(text);
				log.set(place, text);
			}
		}
		return log;
	}

	it("kill -9 of an edge: all come back, each line once in one order, nobody haunts", async () => {
		await newCrowd();
		const talkers = [await crowd.joinAs(0), await crowd.joinAs(1), await crowd.joinAs(2)];
		for (let index = 0; index < 9; index += 1) await crowd.join(index % 3);
		const [here, there] = talkers as [(typeof talkers)[0], (typeof talkers)[0]];
		const ghost = await crowd.joinAs(1);
		crowd.followers.pop();
		await until(async () => (await online(here.follower, [ghost.person.id])).length === 1);
		await until(() => here.follower.viewers === crowd.followers.length + 1);
		const letters = tellAll(here.follower, there.person.id);
		crowd.talk(talkers.map(({ follower }) => follower));
		await crowd.more(40);
		ghost.follower.stayAway();
		const before = { lines: crowd.said.length, letters: letters.told.length };
		stage.cluster.nodes.get("edge-2")?.signal("SIGKILL");
		const killedAt = Date.now();
		const left = () => staleMillisecondsMax - (Date.now() - killedAt);
		await until(async () => (await online(here.follower, [ghost.person.id])).length === 0, left());
		await until(() => here.follower.viewers === crowd.followers.length, left());
		await until(async () => (await listed()) === crowd.followers.length, left());
		await crowd.more(40);
		await letters.stop();
		await crowd.hush();
		const log = everybodyIsRight();
		expect(crowd.followers.map(({ lossesTold }) => lossesTold)).toEqual(
			crowd.followers.map(() => 0)
		);
		// It struck in the middle: those of the dead edge entered once more.
		expect(crowd.followers.filter(({ entries }) => entries > 1).length).toBeGreaterThanOrEqual(4);
		expect([before.lines > 30, before.letters > 5]).toEqual([true, true]);
		expect([...log.values()].toSorted()).toEqual(crowd.said.toSorted());
		const { follower } = there;
		await untilHasAll(follower, letters.told);
		expect(follower.letters.size).toBe(letters.told.length);
		await revive("edge-2", 1);
	});

	it("redis killed and started again: chat goes on, losses are told, letters arrive", async () => {
		await newCrowd();
		const talkers = [await crowd.joinAs(0), await crowd.joinAs(1), await crowd.joinAs(2)];
		for (let index = 0; index < 6; index += 1) await crowd.join(index % 3);
		const [here, there] = talkers as [(typeof talkers)[0], (typeof talkers)[0]];
		const letters = tellAll(here.follower, there.person.id);
		crowd.talk(talkers.map(({ follower }) => follower));
		await crowd.more(40);
		const toldBefore = letters.told.length;
		const refusedBefore = crowd.refusals;
		await stage.redis.kill();
		await until(() => crowd.refusals > refusedBefore + 3);
		await stage.redis.restart();
		await crowd.more(40);
		await letters.stop();
		await crowd.hush();
		const log = everybodyIsRight();
		expect(toldBefore).toBeGreaterThan(5);
		// A line that its sender knows of is seen, unless its viewers were told of a loss.
		const seen = new Set(log.values());
		const missing = crowd.said.filter((text) => !seen.has(text));
		if (missing.length > 0) {
			for (const { lossesTold } of crowd.followers) expect(lossesTold).toBeGreaterThan(0);
		}
		const { follower } = there;
		await untilHasAll(follower, letters.told);
		expect(follower.letters.size).toBe(letters.told.length);
	});

	it.each([
		["ban", "NOT_IN_ROOM", "BANNED_FROM_ROOM"],
		["mute", "MUTED", undefined]
	])(
		"a %s stops a talker on another edge, and where they come back",
		async (kind, code, refusal) => {
			await newCrowd();
			const watcher = await crowd.join(0);
			const { follower: talker, person } = await crowd.joinAs(2);
			let said = 0;
			const say = () => {
				said += 1;
				const text = `line ${said}`;
				return talker.call("im.say", { roomId, clientId: `c${said}`, text });
			};
			for (let line = 0; line < 10; line += 1) await say();
			const restriction = { userId: person.id, kind, seconds: 600 };
			await post(
				edges[0] as string,
				`/rooms/${roomId}/restrictions`,
				restriction,
				host.accessToken
			);
			const heldAt = Date.now();
			await until(async () => {
				const error = await say().then(
					() => undefined,
					(thrown: { code: string }) => thrown
				);
				return error?.code === code;
			}, banMillisecondsMax);
			expect(Date.now() - heldAt).toBeLessThan(banMillisecondsMax);
			const last = said;
			await talker.moveTo(1);
			expect(talker.refusal).toBe(refusal);
			await expect(say()).rejects.toMatchObject({ code });
			await until(() => watcher.lines.size >= 10);
			expect([...watcher.lines.values()]).not.toContain(`line ${last}`);
		}
	);

	it("200 come back at once after their edge was killed, and miss nothing", async () => {
		await newCrowd();
		const { follower: talker } = await crowd.joinAs(0);
		await Promise.all(Array.from({ length: 200 }, () => crowd.join(2)));
		crowd.talk([talker]);
		await crowd.more(20);
		stage.cluster.nodes.get("edge-3")?.signal("SIGKILL");
		await crowd.more(20);
		await revive("edge-3", 2);
		await crowd.hush();
		const log = everybodyIsRight();
		const storm = crowd.followers.slice(1);
		expect(storm.every(({ entries, lossesTold }) => entries > 1 && lossesTold === 0)).toBe(true);
		expect([...log.values()].toSorted()).toEqual(crowd.said.toSorted());
	});

	it("a reader that stalls is closed and costs little; others do not notice", async () => {
		await newCrowd();
		const { follower: talker } = await crowd.joinAs(0);
		await crowd.join(2);
		const stalled = await crowd.join(2, { isLost: true });
		const watch = await watchSockets(stage.env, stage.cluster.nodes.get("edge-3")?.pid ?? 0);
		crowd.talk([talker]);
		stalled.stopReading();
		let most = 0;
		await until(async () => {
			await watch.shout(roomId, 20);
			const sockets = await watch.unsent();
			most = Math.max(most, ...sockets);
			return sockets.length === 1;
		}, 40_000);
		await crowd.hush();
		await watch.stop();
		expect(most).toBeGreaterThan(0);
		expect(most).toBeLessThanOrEqual(limits.socketUnsentBytesMax);
		const log = everybodyIsRight();
		expect(crowd.followers.every(({ lossesTold }) => lossesTold === 0)).toBe(true);
		expect([...log.values()].toSorted()).toEqual(crowd.said.toSorted());
	});
});
