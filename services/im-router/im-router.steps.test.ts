import { expect, it, onTestFinished } from "vitest";
import { SharedSteps } from "./im-router.steps.ts";
import { memoryRouterStore } from "./im-router.store.memory.ts";
import { type RouterStore, routerBounds } from "./im-router.store.ts";

const life = { nodeId: "edge-1", incarnation: "a" };

/** The steps, and what the store was asked for. */
function open() {
	const store: RouterStore = memoryRouterStore({ ...routerBounds, leaseMs: 60_000 });
	const asked: string[] = [];
	const rooms: RouterStore["rooms"] = {
		...store.rooms,
		async append(roomId, lines) {
			asked.push(`${roomId}: ${lines.map(({ id }) => id).join(" ")}`);
			if (roomId === "broken") throw new Error("away");
			return store.rooms.append(roomId, lines);
		}
	};
	const presence: RouterStore["presence"] = {
		...store.presence,
		async find(userIds) {
			asked.push(`find ${userIds.join(" ")}`);
			return store.presence.find(userIds);
		}
	};
	const steps = new SharedSteps({ rooms, presence });
	onTestFinished(() => steps.stop());
	return { steps, store, asked };
}

const line = (roomId: string, id: string) => ({ roomId, origin: id, id, text: `{"id":"${id}"}` });

it("numbers lines that come together in one step for each room, in their order", async () => {
	const { steps, store, asked } = open();
	await store.nodes.renew(life);
	await store.rooms.join("1", life);
	const lines = [line("1", "a"), line("2", "b"), line("1", "c")];
	const answers = await Promise.all(lines.map((each) => steps.append(each)));
	expect(answers.map(({ id, offset }) => [id, offset])).toEqual([
		...[["a", 1] as const, ["b", 1] as const, ["c", 2] as const]
	]);
	expect(answers.map(({ wishes }) => wishes.length)).toEqual([1, 0, 1]);
	expect(asked.toSorted()).toEqual(["1: a c", "2: b"]);
});

it("fails for the lines of one room only", async () => {
	const { steps, asked } = open();
	const lines = [line("1", "a"), line("broken", "b"), line("1", "c")];
	const outcomes = await Promise.allSettled(lines.map((each) => steps.append(each)));
	expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
	// What was numbered must not be numbered again for the sake of the others.
	expect(asked.toSorted()).toEqual(["1: a c", "broken: b"]);
});

it("looks for users once together, and gives each asker their own", async () => {
	const { steps, store, asked } = open();
	await store.nodes.renew(life);
	const device = { userId: "7", deviceId: "phone-0001" };
	await store.presence.connect(device, life);
	const [here, nobody, again] = await Promise.all(["7", "8", "7"].map((id) => steps.find(id)));
	expect(here).toMatchObject([device]);
	expect(again).toEqual(here);
	expect(nobody).toEqual([]);
	expect(asked).toEqual(["find 7 8 7"]);
});
