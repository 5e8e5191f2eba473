import fc from "fast-check";
import { expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { Audience, type Totals } from "./im-gateway.audience.ts";

type Told = { roomId: string; viewers: string[]; likes: number };

function makeStage() {
	const rooms = new Map<string, string[]>();
	const told: Told[][] = [];
	const shown: [string, string, number][] = [];
	const state = { isAway: false, totals: (item: Told) => item.viewers.length };
	let likes = 0;
	const audience = new Audience({
		roomIds: () => [...rooms.keys()],
		viewersOf: (roomId) => rooms.get(roomId) ?? [],
		async tell(items) {
			if (state.isAway) throw new Error("away");
			told.push(items as Told[]);
			return items.map((item): Totals => {
				likes += item.likes;
				return { roomId: item.roomId, viewers: state.totals(item as Told), likes };
			});
		},
		show: (roomId, kind, total) => shown.push([roomId, kind, total])
	});
	return { rooms, told, shown, state, audience };
}

it("counts a user with two sockets once, sums likes, and shows what changed", async () => {
	const { rooms, told, shown, audience } = makeStage();
	rooms.set("1", ["user:7", "page:abc", "user:7"]);
	audience.like("1", 2);
	audience.like("1", 3);
	await audience.tick();
	await audience.tick();
	expect(told[0]).toEqual([{ roomId: "1", viewers: ["user:7", "page:abc"], likes: 5 }]);
	expect(told[1]?.[0]?.likes).toBe(0);
	expect(shown).toEqual([
		["1", "viewers", 2],
		["1", "likes", 5]
	]);
	expect(audience.viewersOf("1")).toBe(2);
});

it("tells likes later when they could not be told, even of a room that is empty", async () => {
	const { told, state, audience } = makeStage();
	state.isAway = true;
	audience.like("1", 4);
	await expect(audience.tick()).rejects.toThrow("away");
	audience.like("1", 1);
	state.isAway = false;
	await audience.tick();
	expect(told).toEqual([[{ roomId: "1", viewers: [], likes: 5 }]]);
});

it("cuts what it tells into parts that a call can carry, and loses nobody", async () => {
	const sizes = fc.array(fc.integer({ min: 0, max: limits.audienceViewersMax * 2 }), {
		maxLength: 5
	});
	await fc.assert(
		fc.asyncProperty(sizes, async (counts) => {
			const { rooms, told, audience } = makeStage();
			for (const [room, count] of counts.entries()) {
				rooms.set(
					`${room}`,
					Array.from({ length: count }, (_, one) => `user:${one}`)
				);
				audience.like(`${room}`, 1);
			}
			await audience.tick();
			const all = told.flat();
			for (const part of told) {
				const viewers = part.reduce((sum, item) => sum + item.viewers.length, 0);
				expect(viewers).toBeLessThanOrEqual(limits.audienceViewersMax);
			}
			for (const [room, count] of counts.entries()) {
				const own = all.filter(({ roomId }) => roomId === `${room}`);
				expect(new Set(own.flatMap(({ viewers }) => viewers)).size).toBe(count);
				expect(own.reduce((sum, { likes }) => sum + likes, 0)).toBe(1);
			}
		}),
		{ numRuns: 20 }
	);
});
