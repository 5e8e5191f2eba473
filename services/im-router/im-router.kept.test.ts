import { expect, it, onTestFinished } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { until } from "../../test/harness/until.ts";
import type { Forwarder } from "./im-router.forwarder.ts";
import { Kept } from "./im-router.kept.ts";
import type { Direct } from "./im-router.lane.ts";
import { memoryRouterStore } from "./im-router.store.memory.ts";
import { type NodeLife, type RouterStore, routerBounds } from "./im-router.store.ts";

const old = { nodeId: "edge-1", incarnation: "a" };
const next = { nodeId: "edge-2", incarnation: "a" };
const device = { userId: "7", deviceId: "phone-0001" };
const message = { id: "m1", text: '{"id":"m1"}' };

const emptyInbox = { query: async () => [] } as unknown as Sql;

async function open(
	change: (store: RouterStore) => RouterStore = (store) => store,
	db = emptyInbox
) {
	const whole = memoryRouterStore({ ...routerBounds, leaseMs: 60_000 });
	await whole.nodes.renew(old);
	await whole.nodes.renew(next);
	const sent: { life: NodeLife; direct: Direct }[] = [];
	const store = change(whole);
	const kept = new Kept({
		db,
		store,
		find: async (userId) => (await store.presence.find([userId]))[0] ?? [],
		forwarder: {
			direct: (life: NodeLife, direct: Direct) => sent.push({ life, direct })
		} as unknown as Forwarder,
		logger: { warn: () => {} },
		count: () => {}
	});
	onTestFinished(() => kept.stop());
	return { kept, sent, store: whole };
}

it("finds a device that moves to another node in the very moment of a push", async () => {
	let moves = 0;
	const { kept, sent, store } = await open((whole) => ({
		...whole,
		presence: {
			...whole.presence,
			async find(userIds) {
				const found = await whole.presence.find(userIds);
				// After the look, and before the message has its place.
				if (moves === 0) await whole.presence.connect(device, next);
				moves += 1;
				return found;
			}
		}
	}));
	await store.presence.connect(device, old);
	await kept.push("7", message);
	expect(sent).toEqual([]);
	await until(() => sent.length > 0);
	expect(sent.map(({ life }) => life)).toEqual([next]);
});

it("owes what it could not push, and pushes it once the store is back", async () => {
	let isAway = true;
	const { kept, sent, store } = await open((whole) => ({
		...whole,
		presence: {
			...whole.presence,
			async find(userIds) {
				if (isAway) throw new Error("away");
				return whole.presence.find(userIds);
			}
		}
	}));
	await store.presence.connect(device, old);
	await store.pending.push(device, message);
	await kept.push("7", message);
	expect(kept.owed).toBe(1);
	isAway = false;
	await until(() => sent.length === 1);
	expect(sent[0]?.direct).toMatchObject({ userId: "7", deviceId: "phone-0001" });
	expect(JSON.parse(sent[0]?.direct.json ?? "")).toEqual({
		...{ id: "m1", sequence: sent[0]?.direct.sequence }
	});
	expect(kept.owed).toBe(0);
});

it("shows no more than the device can ack, and the rest once it has acked", async () => {
	const unread = Array.from({ length: 60 }, (_, index) => ({
		...{ id: `old-${index}`, origin: `${index}`, envelope: "{}", acked_at: null }
	}));
	let rows = unread;
	const query = async (_: string, [, limit]: unknown[]) => rows.slice(0, limit as number);
	const { kept, sent, store } = await open((whole) => whole, { query } as unknown as Sql);
	const { epoch } = await store.presence.connect(device, old);
	for (let index = 0; index < routerBounds.pendingMax - 20; index += 1) {
		await store.pending.push(device, { id: `new-${index}`, text: "{}" });
	}
	const shown = await kept.pendingOf(device);
	expect(shown).toHaveLength(routerBounds.pendingMax);
	const upTo = shown.at(-1)?.sequence ?? 0;
	expect(await store.pending.ack(device, epoch, upTo)).toBe(shown.length);
	rows = unread.slice(20);
	kept.acked("7");
	await until(() => sent.length >= rows.length);
	expect(sent.map(({ direct }) => direct.json)).toHaveLength(40);
});
