import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { storesOf } from "../../test/integration/im-router-stage.ts";
import { redisRouterStore } from "./im-router.store.redis.ts";
import {
	type Appended,
	type Line,
	type RoomStore,
	type RouterStore,
	routerBounds
} from "./im-router.store.ts";

const one = { nodeId: "edge-1", incarnation: "a" };
const again = { nodeId: "edge-1", incarnation: "b" };
const two = { nodeId: "edge 2", incarnation: "a" };
const phone = { userId: "7", deviceId: "phone-0001" };
const laptop = { userId: "7", deviceId: "laptop-001" };

const line = (text: string, more: Partial<Line> = {}): Line => ({
	...{ origin: text, id: `id-${text}`, text: JSON.stringify({ text }) },
	...more
});

const append = async (rooms: RoomStore, one: Line, roomId = "1"): Promise<Appended> =>
	(await rooms.append(roomId, [one]))[0] as Appended;

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`the store on ${backend.name}`, () => {
		const open = storesOf(backend);

		const devicesOf = async (store: RouterStore, userId: string) =>
			((await store.presence.find([userId]))[0] ?? []).map(({ deviceId }) => deviceId).sort();

		describe("nodes and connections", () => {
			test("a node is known from its first sign of life until it is silent", async () => {
				const { here, there } = await open({ leaseMs: 1_000 });
				expect(await here.nodes.renew(one)).toBe(false);
				expect(await there.nodes.renew(one)).toBe(true);
				expect(await there.nodes.renew(again)).toBe(false);
				expect(await here.nodes.living()).toEqual(expect.arrayContaining([one, again]));
				await until(async () => (await here.nodes.living()).length === 0);
				expect(await here.nodes.renew(one)).toBe(false);
			});

			test("a user is where their devices are, on nodes that are alive", async () => {
				const { here, there } = await open({ leaseMs: 500 });
				await here.nodes.renew(one);
				await here.nodes.renew(two);
				const { epoch } = await here.presence.connect(phone, one);
				await there.presence.connect(laptop, two);
				const [found = [], nobody] = await there.presence.find(["7", "8"]);
				expect(found[0]).toEqual(expect.objectContaining({ userId: "7" }));
				expect(nobody).toEqual([]);
				const both = (await there.presence.find(["7"]))[0] ?? [];
				expect(both).toContainEqual({
					...{ ...phone, epoch, life: one },
					since: expect.any(Number)
				});
				// Only the second node goes on living.
				await until(async () => {
					await there.nodes.renew(two);
					return (await devicesOf(here, "7")).length === 1;
				});
				expect(await devicesOf(here, "7")).toEqual(["laptop-001"]);
			});

			test("what an earlier connection says changes nothing", async () => {
				const { here, there } = await open();
				await here.nodes.renew(one);
				await here.nodes.renew(two);
				const first = await here.presence.connect(phone, one);
				const second = await there.presence.connect(phone, two);
				expect(second.epoch).toBeGreaterThan(first.epoch);
				const late = { ...phone, epoch: first.epoch, life: one };
				expect(await here.presence.disconnect(late)).toBe(false);
				expect(await devicesOf(here, "7")).toEqual(["phone-0001"]);
				const own = { ...phone, epoch: second.epoch, life: two };
				expect(await there.presence.disconnect(own)).toBe(true);
				expect(await there.presence.disconnect(own)).toBe(false);
				expect(await devicesOf(here, "7")).toEqual([]);
			});

			test("connections at once have different epochs, and the highest stands", async () => {
				const { here, there } = await open();
				await here.nodes.renew(one);
				const answers = await Promise.all(
					Array.from({ length: 40 }, (_, index) =>
						(index % 2 ? here : there).presence.connect(phone, one)
					)
				);
				const epochs = answers.map(({ epoch }) => epoch);
				expect(new Set(epochs).size).toBe(40);
				expect((await here.presence.find(["7"]))[0]?.[0]?.epoch).toBe(Math.max(...epochs));
			});

			test("a life that is ended, or over, is swept away with all its rows", async () => {
				const { here, there, client } = await open();
				await here.nodes.renew(one);
				await here.nodes.renew(two);
				for (const userId of ["7", "8", "9"]) {
					await here.presence.connect({ ...phone, userId }, one);
					await here.rooms.join(userId, one);
				}
				await there.presence.connect(laptop, two);
				// The phone of 9 has moved on before its first node ended.
				await there.presence.connect({ ...phone, userId: "9" }, two);
				await there.nodes.end(one);
				expect(await devicesOf(there, "8")).toEqual([]);
				expect(await there.nodes.sweep()).toBeGreaterThan(0);
				expect(await there.nodes.sweep()).toBe(0);
				expect(await there.nodes.renew(one)).toBe(false);
				expect(await devicesOf(there, "9")).toEqual(["phone-0001"]);
				expect((await there.rooms.look("8"))?.nodes).toEqual([]);
				if (!client) return;
				expect(await client.keys("*edge-1*")).toEqual([]);
				expect(await client.exists("im-router:user:8", "im-router:wishes:8")).toBe(0);
			});
		});

		describe("rooms", () => {
			test("lines are numbered for all, and told to the nodes that want the room", async () => {
				const { here, there } = await open();
				await here.nodes.renew(one);
				await here.nodes.renew(two);
				const end = await here.rooms.join("1", one);
				expect(end).toEqual({ epoch: expect.any(String), offset: 0 });
				expect(await there.rooms.join("1", two)).toEqual(end);
				const first = await append(here.rooms, line("hi"));
				expect(first).toMatchObject({ isNew: true, epoch: end.epoch, offset: 1, id: "id-hi" });
				const lives = first.wishes.map(({ life }) => life);
				expect(lives).toEqual(expect.arrayContaining([one, two]));
				await there.rooms.part("1", two);
				const second = await append(there.rooms, line("ho"));
				expect(second).toMatchObject({ offset: 2, wishes: [{ life: one }] });
				await here.nodes.end(one);
				expect((await append(here.rooms, line("hum"))).wishes).toEqual([]);
				expect((await append(here.rooms, line("hi"), "2")).offset).toBe(1);
			});

			test("the same line again has the first answer and is told to nobody", async () => {
				const { here, there } = await open();
				await here.nodes.renew(one);
				await here.rooms.join("1", one);
				const first = await append(here.rooms, line("hi"));
				await append(here.rooms, line("ho"));
				const repeat = await append(there.rooms, line("hi", { id: "other" }));
				expect(repeat).toEqual({ ...first, isNew: false, wishes: [] });
				expect((await here.rooms.read("1", undefined))?.offset).toBe(2);
			});

			test("lines that come together are numbered in their order, each once", async () => {
				const { here, there } = await open();
				await here.nodes.renew(one);
				await here.rooms.join("1", one);
				const first = await append(here.rooms, line("a"));
				const together = [line("b"), line("a", { id: "other" }), line("c"), line("b"), line("d")];
				const answers = await there.rooms.append("1", together);
				const places = answers.map(({ isNew, offset, id }) => [isNew, offset, id]);
				expect(places).toEqual([
					...[[true, 2, "id-b"] as const, [false, 1, "id-a"] as const],
					...[[true, 3, "id-c"] as const, [false, 2, "id-b"] as const, [true, 4, "id-d"] as const]
				]);
				expect(new Set(answers.map(({ epoch }) => epoch))).toEqual(new Set([first.epoch]));
				for (const { isNew, wishes } of answers) expect(wishes).toHaveLength(isNew ? 1 : 0);
				const page = await here.rooms.read("1", undefined);
				expect(page?.lines.map((text) => JSON.parse(text).text).join("")).toBe("abcd");
			});

			test("after a while the same words are a new line", async () => {
				const { here } = await open({ repeatMs: 50 });
				await append(here.rooms, line("hi"));
				await until(async () => (await append(here.rooms, line("hi"))).isNew);
			});

			test("a line without text has no number, is not kept, and counts once", async () => {
				const { here, there } = await open();
				await here.nodes.renew(one);
				await here.rooms.join("1", one);
				const snapshot = line("likes", { text: undefined });
				const first = await append(here.rooms, snapshot);
				expect(first).toMatchObject({ isNew: true, offset: 0, wishes: [{ life: one }] });
				expect((await append(there.rooms, snapshot)).isNew).toBe(false);
				expect(await there.rooms.look("1")).toMatchObject({ offset: 0, kept: 0, nodes: [one] });
			});

			test("a wish that was renewed is not taken back by what was true before", async () => {
				const { here } = await open();
				await here.nodes.renew(one);
				await here.rooms.join("1", one);
				const [before] = (await append(here.rooms, line("a"))).wishes;
				await here.rooms.join("1", one);
				await here.rooms.part("1", one, before?.generation);
				const [after] = (await append(here.rooms, line("b"))).wishes;
				expect(after?.life).toEqual(one);
				await here.rooms.part("1", one, after?.generation);
				expect((await append(here.rooms, line("c"))).wishes).toEqual([]);
			});

			test("a node that asks for the ends of its rooms has its wishes again", async () => {
				const { here } = await open();
				await here.nodes.renew(one);
				const first = await append(here.rooms, line("a"));
				const end = { epoch: first.epoch, offset: 1 };
				const [known, fresh] = await here.rooms.ends(["1", "2"], one);
				expect([known, fresh?.offset]).toEqual([end, 0]);
				const [wish] = (await append(here.rooms, line("b"))).wishes;
				expect(wish?.life).toEqual(one);
				await here.rooms.ends(["1"], one);
				expect((await append(here.rooms, line("c"))).wishes).toEqual([wish]);
			});

			test("history is whole after a position, or says that it is not", async () => {
				const bounds = { logLinesMax: 5, pageLinesMax: 3, freshLines: 2 };
				const { here, there } = await open(bounds);
				expect(await here.rooms.read("1", undefined)).toBeUndefined();
				for (const word of "abcdefgh") await append(here.rooms, line(word));
				const { epoch = "" } = (await here.rooms.look("1")) ?? {};
				const read = async (offset: number | undefined, of = epoch) => {
					const after = offset === undefined ? undefined : { epoch: of, offset };
					const page = await there.rooms.read("1", after);
					const words = page?.lines.map((text) => JSON.parse(text).text).join("");
					return [page?.complete, words, page?.offset];
				};
				expect(await read(undefined)).toEqual([true, "gh", 8]);
				expect(await read(8)).toEqual([true, "", 8]);
				expect(await read(5)).toEqual([true, "fgh", 8]);
				expect(await read(4)).toEqual([false, "gh", 8]);
				expect(await read(0)).toEqual([false, "gh", 8]);
				expect(await read(9)).toEqual([false, "gh", 8]);
				expect(await read(8, "other")).toEqual([false, "gh", 8]);
				expect((await here.rooms.look("1"))?.kept).toBe(5);
			});
		});
	});
}

const redisBackend = storeBackends.find(({ name }) => name === "redis");

test.skipIf(!redisBackend?.available)("a server that was started again tells it", async () => {
	const opened = await redisBackend?.open();
	const client = new Redis(opened?.env.redisUrl ?? "");
	onTestFinished(async () => {
		client.disconnect();
		await opened?.close();
	});
	let run = "first";
	const { rooms } = redisRouterStore(client, routerBounds, async () => run);
	const before = await append(rooms, line("a"));
	run = "second";
	const after = await append(rooms, line("b"));
	expect(after.offset).toBe(2);
	expect(after.epoch).not.toBe(before.epoch);
	const page = await rooms.read("1", { epoch: before.epoch, offset: 1 });
	expect(page).toMatchObject({ complete: false, epoch: after.epoch, offset: 2 });
	run = "third";
	const [end] = await rooms.ends(["1"], one);
	expect(end?.epoch).not.toBe(after.epoch);
	run = "fourth";
	expect((await rooms.read("1", end))?.complete).toBe(false);
});
