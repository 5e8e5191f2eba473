/**
 * Steps of the store that callers share: what is asked for while one runs is done by the next one
 * together, so that a crowd costs a few scripts and not one for each of it.
 */
import { limits } from "../../config/limits.ts";
import { type GroupCommit, groupCommit } from "../../lib/group-commit.ts";
import type { Appended, Connection, Line, RoomStore, RouterStore } from "./im-router.store.ts";

export type RoomLine = Line & { readonly roomId: string };

/** Rooms fail one by one: what was numbered in one is not undone by the fault of another. */
type Outcome = PromiseSettledResult<Appended>;

const bounds = {
	itemsMax: limits.sharedStepItemsMax,
	bytesMax: limits.sharedStepBytesMax,
	queueItemsMax: limits.sharedStepWaitingItemsMax,
	queueBytesMax: limits.sharedStepWaitingBytesMax
};

export class SharedSteps {
	readonly #appends: GroupCommit<RoomLine, Outcome>;
	readonly #finds: GroupCommit<string, Connection[]>;

	constructor({ rooms, presence }: Pick<RouterStore, "rooms" | "presence">) {
		this.#appends = groupCommit({
			...bounds,
			bytesOf: ({ text = "" }) => Buffer.byteLength(text),
			commit: (lines) => appendAll(rooms, lines)
		});
		this.#finds = groupCommit({
			...bounds,
			bytesOf: (userId) => userId.length,
			commit: (userIds) => presence.find(userIds)
		});
	}

	/** As `RoomStore.append` of one line. Throws BUSY when too many wait. */
	async append(line: RoomLine): Promise<Appended> {
		const outcome = await this.#appends.submit(line);
		if (outcome.status === "rejected") throw outcome.reason;
		return outcome.value;
	}

	/** As `PresenceStore.find` of one user. Throws BUSY when too many wait. */
	find(userId: string): Promise<Connection[]> {
		return this.#finds.submit(userId);
	}

	async stop(): Promise<void> {
		await Promise.all([this.#appends.stop(), this.#finds.stop()]);
	}
}

/** One step for each room; the outcomes stand in the order of the lines. */
async function appendAll(rooms: RoomStore, lines: readonly RoomLine[]): Promise<Outcome[]> {
	const outcomes = new Map<RoomLine, Outcome>();
	const appendTo = async (roomId: string, ofRoom: readonly RoomLine[]) => {
		const [step] = await Promise.allSettled([rooms.append(roomId, ofRoom)]);
		for (const [index, line] of ofRoom.entries()) {
			const value = step.status === "fulfilled" ? step.value[index] : undefined;
			outcomes.set(line, value ? { status: "fulfilled", value } : (step as PromiseRejectedResult));
		}
	};
	const byRoom = Map.groupBy(lines, ({ roomId }) => roomId);
	await Promise.all([...byRoom].map(([roomId, ofRoom]) => appendTo(roomId, ofRoom)));
	return lines.map((line) => outcomes.get(line) as Outcome);
}
