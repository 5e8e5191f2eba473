import { describe, expect, it, onTestFinished } from "vitest";
import type { ParamsOf } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import { until } from "../../test/harness/until.ts";
import { Forwarder, type ForwarderSetup } from "./im-router.forwarder.ts";
import { type Direct, deliveryOf, LaneQueue, type RoomLine } from "./im-router.lane.ts";

const life = { nodeId: "edge-1", incarnation: "a" };
const other = { nodeId: "edge-2", incarnation: "a" };

const roomLine = (offset: number, more: Partial<RoomLine> = {}): RoomLine => ({
	...{ roomId: "1", epoch: "e", offset, reliable: false, json: `{"n":${offset}}` },
	...{ generation: "g", ...more }
});
const direct = (sequence: number | undefined, userId = "7"): Direct => ({
	...{ userId, deviceId: "phone-0001", epoch: 1, sequence, json: `{"s":${sequence}}` }
});

type Delivery = ParamsOf<"im-gateway.deliver">;
const good = { alive: true, emptyRooms: [], absent: [] };

/** A forwarder whose calls a test answers, with all that it told. */
function open(changes: Partial<ForwarderSetup> = {}) {
	const calls: { nodeId: string; params: Delivery }[] = [];
	const told: unknown[] = [];
	const counts: Record<string, number> = {};
	const forwarder = new Forwarder({
		async deliver(nodeId, params) {
			calls.push({ nodeId, params });
			return good;
		},
		isPresent: () => true,
		isBusUp: () => true,
		onGone: (gone) => told.push(["gone", gone]),
		onEmptyRooms: (_, rooms) => told.push(["empty", rooms]),
		onAbsent: (_, connections) => told.push(["absent", connections]),
		onUndelivered: (directs) => told.push(["owed", directs]),
		count: (what, lines) => {
			counts[what] = (counts[what] ?? 0) + lines;
		},
		...changes
	});
	onTestFinished(() => forwarder.stop());
	return { forwarder, calls, told, counts };
}

const offsetsOf = ({ params }: { params: Delivery }) =>
	params.rooms.flatMap(({ lines }) => lines.map(({ offset }) => offset));

describe("the forwarder", () => {
	it("sends one call per node for all of a turn, and gathers while it is under way", async () => {
		const answers: PromiseWithResolvers<typeof good>[] = [];
		const calls: { nodeId: string; params: Delivery }[] = [];
		const { forwarder } = open({
			deliver(nodeId, params) {
				calls.push({ nodeId, params });
				const answer = Promise.withResolvers<typeof good>();
				answers.push(answer);
				return answer.promise;
			}
		});
		for (const offset of [1, 2, 3]) {
			forwarder.room(life, roomLine(offset));
			forwarder.room(other, roomLine(offset));
		}
		await until(() => calls.length === 2);
		expect(calls.map(({ nodeId }) => nodeId).sort()).toEqual(["edge-1", "edge-2"]);
		expect(calls.map(offsetsOf)).toEqual([
			[1, 2, 3],
			[1, 2, 3]
		]);
		for (const offset of [4, 5, 6]) {
			forwarder.room(life, roomLine(offset));
			await new Promise((resolve) => setImmediate(resolve));
		}
		expect(calls).toHaveLength(2);
		expect(forwarder.waiting).toBe(3);
		for (const answer of answers) answer.resolve(good);
		await until(() => calls.length === 3);
		expect(offsetsOf(calls[2] as never)).toEqual([4, 5, 6]);
		answers[2]?.resolve(good);
	});

	it("tells what an answer says of rooms and connections", async () => {
		const absent = [{ userId: "7", deviceId: "phone-0001" }];
		const { forwarder, told, counts } = open({
			deliver: async () => ({ alive: true, emptyRooms: ["1", "9"], absent })
		});
		forwarder.room(life, roomLine(1, { generation: "old" }));
		forwarder.room(life, roomLine(2, { generation: "new" }));
		forwarder.direct(life, direct(1));
		forwarder.direct(life, direct(2, "8"));
		await until(() => told.length === 2);
		expect(told).toEqual([
			["empty", [{ roomId: "1", generation: "new" }]],
			["absent", [direct(1)]]
		]);
		expect(counts.forwarded).toBe(4);
	});

	it.each([
		["another life answers", { deliver: async () => ({ ...good, alive: false }) }],
		[
			"nobody offers the action",
			{ deliver: () => Promise.reject(Object.assign(new Error(), { type: "SERVICE_NOT_FOUND" })) }
		],
		[
			"the node has left",
			{ deliver: () => Promise.reject(commonErrors.TIMEOUT()), isPresent: () => false }
		]
	])("says that a life is over when %s, and owes what must arrive", async (_, changes) => {
		const { forwarder, told, counts } = open(changes);
		forwarder.room(life, roomLine(1));
		forwarder.direct(life, direct(1));
		forwarder.direct(life, direct(undefined, "8"));
		await until(() => told.length === 2);
		expect(told).toEqual([
			["gone", life],
			["owed", [direct(1)]]
		]);
		expect(counts["shed.gone"]).toBe(1);
		expect(forwarder.waiting).toBe(0);
	});

	it("sends what must arrive again to a node that is silent, and lines of rooms not", async () => {
		const sent: Delivery[] = [];
		const { forwarder, told, counts } = open({
			async deliver(_, params) {
				sent.push(params);
				if (sent.length < 3) throw commonErrors.TIMEOUT();
				return good;
			}
		});
		forwarder.room(life, roomLine(1));
		forwarder.direct(life, direct(undefined, "8"));
		forwarder.direct(life, direct(1));
		await until(() => counts.forwarded !== undefined);
		expect(sent).toHaveLength(3);
		expect(sent[2]).toEqual(deliveryOf("a", { rooms: [], directs: [direct(1)] }));
		expect(counts).toEqual({ "shed.unanswered": 1, retried: 2, forwarded: 1 });
		expect(told).toEqual([]);
	});

	it("blames no node while the bus is away", async () => {
		let isBusUp = false;
		const { forwarder, told, counts } = open({
			deliver: async () => {
				if (!isBusUp) throw Object.assign(new Error(), { type: "SERVICE_NOT_FOUND" });
				return good;
			},
			isBusUp: () => isBusUp
		});
		forwarder.direct(life, direct(1));
		await until(() => (counts.retried ?? 0) >= 2);
		isBusUp = true;
		await until(() => counts.forwarded === 1);
		expect(told).toEqual([]);
	});

	it("gives up a lane whose life the store says is over", async () => {
		const { forwarder, told } = open({ deliver: () => Promise.reject(commonErrors.TIMEOUT()) });
		forwarder.direct(life, direct(1));
		await until(() => {
			forwarder.retire(() => false);
			return told.length > 0;
		});
		expect(told).toEqual([["owed", [direct(1)]]]);
	});
});

describe("the queue of a lane", () => {
	it("sheds snapshots before chat before what must arrive, the oldest first, and counts it", () => {
		const queue = new LaneQueue({ linesMax: 8, bytesMax: 10_000 });
		for (const sequence of [1, 2]) queue.addDirect(direct(sequence));
		queue.addRoom(roomLine(9, { reliable: true }));
		for (const offset of [1, 2, 3]) queue.addRoom(roomLine(offset));
		queue.addDirect(direct(undefined, "8"));
		expect(queue.addRoom(roomLine(0, { offset: undefined }))).toBeUndefined();
		const shed = queue.addRoom(roomLine(4));
		expect(shed).toEqual({
			counts: new Map([
				["snapshot", 2],
				["chat", 1]
			]),
			directs: []
		});
		expect(queue.take().rooms.map(({ offset }) => offset)).toEqual([9, 2, 3, 4]);
	});

	it("tells which kept messages found no room", () => {
		const queue = new LaneQueue({ linesMax: 4, bytesMax: 10_000 });
		const sheds = [1, 2, 3, 4, 5].map((sequence) => queue.addDirect(direct(sequence)));
		expect(sheds.at(-1)?.directs).toEqual([direct(1), direct(2)]);
		expect(queue.take().directs).toEqual([direct(3), direct(4), direct(5)]);
	});

	it("is bounded in bytes, and so is a call", () => {
		const json = `{"t":"${"x".repeat(100_000)}"}`;
		const queue = new LaneQueue();
		let shed = 0;
		for (let offset = 1; offset <= 100; offset += 1) {
			shed += queue.addRoom(roomLine(offset, { json }))?.counts.get("chat") ?? 0;
		}
		expect(shed).toBeGreaterThan(15);
		expect(queue.size).toBe(100 - shed);
		expect(queue.take().rooms).toHaveLength(5);
	});
});
