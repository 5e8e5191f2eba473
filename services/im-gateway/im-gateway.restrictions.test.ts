import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Hold, Restrictions, standingOf } from "./im-gateway.restrictions.ts";

const hold = (userId: string, kind: Hold["kind"], roomId: string | null = "1"): Hold => ({
	...{ userId, kind, roomId },
	until: null
});

/** A moderation of three variables, with a door that can be shut. */
function makeStage() {
	const state = {
		holds: [] as Hold[],
		version: 0,
		changed: [] as { roomId: string | null; userId: string }[],
		complete: true,
		words: ["spam"],
		wordsVersion: 1,
		isAway: false,
		reads: 0,
		now: 0
	};
	const answer = async <T>(value: () => T): Promise<T> => {
		state.reads += 1;
		await Promise.resolve();
		if (state.isAway) throw new Error("away");
		return value();
	};
	const roomsChanged: string[] = [];
	const restrictions = new Restrictions({
		ofRoom: (roomId) => answer(() => state.holds.filter((one) => one.roomId === roomId)),
		ofUser: (userId) =>
			answer(() => state.holds.filter((one) => one.roomId === null && one.userId === userId)),
		changes: (since) =>
			answer(() => ({
				version: state.version,
				items: since < state.version ? state.changed.splice(0) : [],
				complete: state.complete,
				wordsVersion: state.wordsVersion
			})),
		allWords: () => answer(() => ({ version: state.wordsVersion, words: state.words })),
		onRoomChanged: (roomId) => roomsChanged.push(roomId),
		now: () => state.now
	});
	return { state, restrictions, roomsChanged };
}

describe("restrictions as a node knows them", () => {
	let stage: ReturnType<typeof makeStage>;
	beforeEach(async () => {
		stage = makeStage();
		await stage.restrictions.poll();
	});

	it("tells a mute of the room, of everywhere, and of another room apart", async () => {
		const { state, restrictions } = stage;
		state.holds = [hold("7", "mute"), hold("8", "mute", null), hold("9", "ban", "2")];
		const maySpeak = async (userId: string, roomId: string | null) =>
			(await restrictions.standing(userId, roomId)).maySpeak;
		expect([await maySpeak("7", "1"), await maySpeak("7", "2")]).toEqual([false, true]);
		expect([await maySpeak("8", "1"), await maySpeak("8", null)]).toEqual([false, false]);
		expect([await maySpeak("9", "1"), await maySpeak("9", "2")]).toEqual([true, false]);
	});

	it("learns of a change by the hint, or by the poll when the hint is lost", async () => {
		const { state, restrictions, roomsChanged } = stage;
		expect((await restrictions.standing("7", "1")).away).toBeUndefined();
		state.holds = [hold("7", "ban")];
		restrictions.changed("1", "7");
		await expect.poll(() => restrictions.known("7", "1").away).toBe("ban");
		expect(roomsChanged).toEqual(["1"]);
		state.holds = [];
		state.version = 5;
		state.changed = [{ roomId: "1", userId: "7" }];
		await restrictions.poll();
		await expect.poll(() => restrictions.known("7", "1").away).toBeUndefined();
	});

	it("reads all again when too much changed", async () => {
		const { state, restrictions } = stage;
		await restrictions.standing("7", "1");
		state.holds = [hold("7", "mute"), hold("7", "mute", null)];
		state.complete = false;
		await restrictions.poll();
		await expect.poll(() => restrictions.laid("7", "1")).toHaveLength(2);
	});

	it("refuses while it cannot know, and knows again when moderation is back", async () => {
		const { state, restrictions } = stage;
		await restrictions.standing("7", "1");
		state.isAway = true;
		await expect(restrictions.standing("7", "2")).rejects.toMatchObject({ type: "UNAVAILABLE" });
		expect((await restrictions.standing("7", "1")).maySpeak).toBe(true);
		state.now = limits.restrictionsAgeMillisecondsMax;
		await expect(restrictions.standing("7", "1")).rejects.toMatchObject({ type: "UNAVAILABLE" });
		await expect(restrictions.isForbidden("x")).rejects.toMatchObject({ type: "UNAVAILABLE" });
		state.isAway = false;
		state.holds = [hold("7", "mute")];
		state.version = 1;
		state.changed = [{ roomId: "1", userId: "7" }];
		expect((await restrictions.standing("7", "2")).maySpeak).toBe(true);
		await expect.poll(() => restrictions.known("7", "1").maySpeak).toBe(false);
	});

	it("does not go by a list that it could not read again", async () => {
		const { state, restrictions } = stage;
		await restrictions.standing("7", "1");
		state.holds = [hold("7", "mute")];
		state.isAway = true;
		restrictions.changed("1", "7");
		await expect(restrictions.standing("7", "1")).rejects.toMatchObject({ type: "UNAVAILABLE" });
		state.isAway = false;
		expect((await restrictions.standing("7", "1")).maySpeak).toBe(false);
	});

	it("reads once more when a change comes while it reads", async () => {
		const { state, restrictions } = stage;
		const first = restrictions.standing("7", "1");
		restrictions.changed("1", "7");
		state.holds = [hold("7", "ban")];
		await first;
		await expect.poll(() => restrictions.known("7", "1").away).toBe("ban");
	});

	it("takes new words with the next poll", async () => {
		const { state, restrictions } = stage;
		expect(await restrictions.isForbidden("S P A M")).toBe(true);
		expect(await restrictions.isForbidden("eggs")).toBe(false);
		state.words = ["eggs"];
		state.wordsVersion = 2;
		await restrictions.poll();
		expect(await restrictions.isForbidden("eggs")).toBe(true);
	});

	it("forgets rooms and users that are not here any more", async () => {
		const { state, restrictions } = stage;
		await restrictions.standing("7", "1");
		restrictions.dropRoom("1");
		restrictions.dropUser("7");
		const { reads } = state;
		restrictions.changed("1", "7");
		expect(state.reads).toBe(reads);
	});
});

describe("standingOf", () => {
	const at = Date.parse("2026-11-21T09:00:00.000Z");
	const soon = "2026-11-21T09:01:00.000Z";
	const late = "2026-11-21T10:00:00.000Z";
	const laid = (kind: Hold["kind"], until: string | null) => ({ ...hold("7", kind), until });

	it.each([
		["nothing", [], true, undefined, null],
		["what is over", [laid("ban", "2026-11-21T09:00:00.000Z")], true, undefined, null],
		["a mute", [laid("mute", late)], false, undefined, late],
		["a kick over a mute", [laid("kick", soon), laid("mute", null)], false, "kick", soon],
		["two bans", [laid("ban", soon), laid("ban", late)], false, "ban", late],
		["a ban for ever", [laid("ban", null), laid("kick", late)], false, "ban", null]
	] as const)("of %s", (_, holds, maySpeak, away, until) => {
		expect(standingOf(holds, at)).toEqual({ maySpeak, until, ...(away ? { away } : {}) });
	});
});
