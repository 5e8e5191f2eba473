/** The part of the Redis store that is about rooms: their logs, and the nodes that want them. */
import { limits } from "../../config/limits.ts";
import { keys, type Reach } from "./im-router.store.redis.scripts.ts";
import {
	type Appended,
	type Line,
	type LogEnd,
	type LogPage,
	lifeOf,
	lifeWord,
	newName,
	type RoomStore,
	type Wish
} from "./im-router.store.ts";

export function redisRooms(reach: Reach): RoomStore {
	const { client, scripts } = reach;
	return {
		join: (roomId, life) => join(reach, roomId, lifeWord(life)),
		async part(roomId, life, generation = "") {
			const word = lifeWord(life);
			const own: [string, string] = [keys.wishes(roomId), keys.roomsOf(word)];
			await scripts.partRoom(own, [word, roomId, generation]);
		},
		async ends(roomIds, life) {
			const ends: LogEnd[] = [];
			for (let at = 0; at < roomIds.length; at += limits.logEndsPerStep) {
				const part = roomIds.slice(at, at + limits.logEndsPerStep);
				ends.push(...(await endsOf(reach, part, lifeWord(life))));
			}
			return ends;
		},
		append: (roomId, lines) => append(reach, roomId, lines),
		read: (roomId, after) => read(reach, roomId, after),
		async look(roomId) {
			const [[epoch, offset], kept, wishes] = await Promise.all([
				client.hmget(keys.log(roomId), "epoch", "offset"),
				client.llen(keys.lines(roomId)),
				client.hkeys(keys.wishes(roomId))
			]);
			if (!epoch) return undefined;
			return { epoch, offset: Number(offset), kept, nodes: wishes.map(lifeOf) };
		}
	};
}

async function join(reach: Reach, roomId: string, life: string): Promise<LogEnd> {
	const { scripts, bounds, run } = reach;
	const [epoch, offset] = await scripts.joinRoom(
		[keys.log(roomId), keys.wishes(roomId), keys.roomsOf(life)],
		[newName(), await run(), life, newName(), roomId, bounds.logSilenceMs]
	);
	return { epoch, offset };
}

/** One part of `ends`: a log of this run whose wish stands takes no script. */
async function endsOf(reach: Reach, roomIds: readonly string[], life: string) {
	const { client, run } = reach;
	const looks = roomIds.map((roomId) =>
		Promise.all([
			client.hmget(keys.log(roomId), "run", "epoch", "offset"),
			client.hexists(keys.wishes(roomId), life)
		])
	);
	const found = await Promise.all(looks);
	const current = await run();
	const ends = found.map(([[logRun, epoch, offset], wanted], index) =>
		wanted === 1 && logRun === current && epoch
			? { epoch, offset: Number(offset) }
			: join(reach, roomIds[index] as string, life)
	);
	return Promise.all(ends);
}

async function append(
	{ scripts, bounds, run }: Reach,
	roomId: string,
	lines: readonly Line[]
): Promise<Appended[]> {
	const { logLinesMax, logSilenceMs, repeatMs } = bounds;
	const [flat, ...answers] = await scripts.appendLines(
		[
			...([keys.log(roomId), keys.lines(roomId), keys.said(roomId)] as const),
			...([keys.wishes(roomId), keys.nodes] as const)
		],
		[
			...([newName(), await run(), logLinesMax, logSilenceMs, repeatMs] as const),
			...lines.flatMap(({ origin, id, text = "" }) => [origin, id, text])
		]
	);
	const wishes = pairs(flat);
	return lines.map((_, index) => {
		const answer = answers.slice(index * 4, index * 4 + 4);
		const [isNew, epoch, offset, id] = answer as [0 | 1, string, number, string];
		return { isNew: isNew === 1, epoch, offset, id, wishes: isNew === 1 ? wishes : [] };
	});
}

async function read(
	{ scripts, bounds, run }: Reach,
	roomId: string,
	after: LogEnd | undefined
): Promise<LogPage | undefined> {
	const [epoch, offset, complete, ...lines] = await scripts.readLog(
		[keys.log(roomId), keys.lines(roomId)],
		[
			...([newName(), await run(), after?.epoch ?? "", after?.offset ?? 0] as const),
			...([bounds.pageLinesMax, bounds.freshLines] as const)
		]
	);
	if (epoch === undefined) return undefined;
	return { epoch, offset: offset as number, complete: complete === 1, lines };
}

const pairs = (flat: readonly string[]): Wish[] =>
	Array.from({ length: flat.length / 2 }, (_, index) => ({
		life: lifeOf(flat[index * 2] as string),
		generation: flat[index * 2 + 1] as string
	}));
