/** Routers on several nodes: every message once to each node, in order, past nodes that go. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { migrate } from "../../mixins/sql/migrations.ts";
import { forget, watch } from "../../scripts/servers/guard.ts";
import { type Opened, sqlBackends, storeBackends } from "../harness/backends.ts";
import { until } from "../harness/until.ts";
import {
	deviceId,
	directsOf,
	type ImNode,
	linesOf,
	seeEachOther,
	startImNode
} from "./im-router-node.ts";

const { natsUrl, redisUrl, mysqlUrl } = inject("servers");
const from = { id: "5", nickname: "Lily", level: 1 };
const script = fileURLToPath(new URL("./im-router-child.ts", import.meta.url));

describe.skipIf(!natsUrl || !redisUrl || !mysqlUrl)("im-router on three nodes", () => {
	const namespace = `t${randomBytes(4).toString("hex")}`;
	const opened: Opened[] = [];
	let nodes: ImNode[] = [];
	let variables: Record<string, string>;
	const stopping: (() => Promise<unknown>)[] = [];

	const start = async (nodeId: string): Promise<ImNode> => {
		const node = await startImNode({ env: (opened[1] as Opened).env, namespace, nodeId });
		stopping.push(() => node.stop());
		return node;
	};

	beforeAll(async () => {
		const [, redis] = storeBackends;
		const [, mariadb] = sqlBackends;
		opened.push((await redis?.open()) as Opened);
		const REDIS_URL = opened[0]?.env.redisUrl ?? "";
		variables = { NATS_URL: natsUrl ?? "", REDIS_URL };
		opened.push((await mariadb?.open({ variables })) as Opened);
		const { env } = opened[1] as Opened;
		variables = { ...variables, MYSQL_URL: env.mysqlUrl ?? "", DATA_DIR: env.dataDir };
		await migrate(env, { services: ["im-router"] });
		nodes = await Promise.all(["edge-1", "edge-2", "edge-3"].map(start));
		await until(() => seeEachOther(nodes));
	});
	afterAll(async () => {
		await Promise.all(stopping.map((stop) => stop()));
		for (const { close } of opened.reverse()) await close();
	});
	afterEach(() => {
		for (const { deliveries } of nodes) deliveries.length = 0;
	});

	const three = () => nodes as [ImNode, ImNode, ImNode];
	const say = (node: ImNode, roomId: string, clientId: string) =>
		node.call("im-router.say", { roomId, from, clientId, text: clientId });
	const tell = (node: ImNode, userId: string, clientId: string) =>
		node.call("im-router.tell", { userId, from, clientId, text: clientId });
	const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

	it("sends a message once to each node that wants the room, and many in one call", async () => {
		const [one, two, three_] = three();
		await one.join("11");
		await two.join("11");
		const count = 300;
		await Promise.all(range(count).map((index) => say(three_, "11", `c${index}`)));
		for (const node of [one, two]) {
			await until(() => linesOf(node, "11").length >= count);
			expect(linesOf(node, "11").map(({ offset }) => offset)).toEqual(range(count));
			// While one call is under way the next one gathers.
			expect(node.deliveries.length).toBeLessThan(count / 3);
			for (const { rooms } of node.deliveries) expect(rooms).toHaveLength(1);
		}
		expect(three_.deliveries).toEqual([]);
	});

	it("shows all nodes the same lines under the same numbers, whoever routes them", async () => {
		const [one, two, third] = three();
		await Promise.all(nodes.map((node) => node.join("12")));
		const each = 60;
		const says = range(each).flatMap((index) =>
			nodes.map((node) => say(node, "12", `${node.life.nodeId}-${index}`))
		);
		// The same line by two ways at once: a client that sends again to another node.
		const repeats = range(each).map((index) => say(third, "12", `edge-1-${index}`));
		const answers = await Promise.all([...says, ...repeats]);
		const total = each * 3;
		expect(new Set(answers.map(({ offset }) => offset)).size).toBe(total);
		const views = [one, two, third].map(async (node) => {
			await until(() => linesOf(node, "12").length >= total);
			const lines = linesOf(node, "12").map(({ json }) => JSON.parse(json));
			return lines.toSorted((left, right) => left.offset - right.offset);
		});
		const [first, ...others] = await Promise.all(views);
		expect(first?.map(({ offset }) => offset)).toEqual(range(total));
		for (const other of others) expect(other).toEqual(first);
		const page = await two.call("im-router.history", { id: "12" });
		expect(page.items).toEqual(first?.slice(-page.items.length));
	});

	it("finds the device wherever it is, and keeps what is told while it is away", async () => {
		const [one, two, third] = three();
		const kept = await tell(one, "31", "away");
		const session = await two.connect("31");
		expect(session.pending).toMatchObject([{ id: kept.id, sequence: session.sequence }]);
		const told = await Promise.all(range(50).map((index) => tell(third, "31", `here-${index}`)));
		await until(() => directsOf(two, "31").length >= 50);
		const sequences = directsOf(two, "31").map(({ sequence }) => sequence);
		expect(sequences).toEqual(range(50).map((index) => session.sequence + index));
		const ids = directsOf(two, "31").map(({ json }) => JSON.parse(json).id);
		expect(new Set(ids)).toEqual(new Set(told.map(({ id }) => id)));
		expect(directsOf(one, "31").concat(directsOf(third, "31"))).toEqual([]);
		expect((await third.call("im-router.whereis", { userId: "31" })).items).toMatchObject([
			{ nodeId: "edge-2", epoch: session.epoch, pending: 51 }
		]);
	});

	it("refuses acks of an earlier connection, on whichever node", async () => {
		const [one, two, third] = three();
		const first = await one.connect("32");
		await tell(third, "32", "a");
		await until(() => directsOf(one, "32").length === 1);
		const second = await two.connect("32");
		const upTo = second.sequence;
		const ack = (node: ImNode, epoch: number) =>
			node.call("im-router.ack", { userId: "32", deviceId, epoch, upTo });
		expect(await ack(one, first.epoch)).toEqual({ acked: 0 });
		const late = { userId: "32", deviceId, epoch: first.epoch, ...one.life };
		expect(await one.call("im-router.disconnect", late)).toEqual({ removed: false });
		expect((await one.call("im-router.inbox", { userId: "32" })).items).toHaveLength(1);
		expect(await ack(two, second.epoch)).toEqual({ acked: 1 });
		expect((await one.call("im-router.inbox", { userId: "32" })).items).toEqual([]);
	});

	it("repairs its rows when a node has gone without a word", async () => {
		const [one] = three();
		const fourth = await start("edge-4");
		await until(() => seeEachOther([one, fourth]));
		await fourth.join("13");
		await fourth.connect("33");
		await tell(one, "33", "before");
		await until(() => directsOf(fourth, "33").length === 1);
		await fourth.stop();
		await say(one, "13", "a");
		const { id } = await tell(one, "33", "after");
		await until(
			async () => (await one.call("im-router.online", { userIds: ["33"] })).userIds.length === 0
		);
		await until(
			async () => (await one.call("im-router.room", { roomId: "13" })).nodes.length === 0
		);
		const { pending } = await one.connect("33");
		expect(pending).toMatchObject([{ body: { text: "before" } }, { id }]);
	});

	it("loses and repeats nothing when a node is killed under traffic", async () => {
		const [one, two] = three();
		const { child, said } = spawnChild("34");
		await until(() => said.includes("ready"));
		await until(async () => {
			const list = one.broker.registry.getServiceList({ onlyAvailable: true });
			return list.some(({ name, nodeID }) => name === "im-gateway" && nodeID === "child");
		});
		const told: string[] = [];
		let isOver = false;
		// Below the bound of an inbox, and longer than it takes to notice the death.
		const traffic = async () => {
			for (let index = 0; index < 40 || (!isOver && index < 250); index += 1) {
				told.push((await tell(index % 2 ? one : two, "34", `t${index}`)).id);
				await say(one, "1", `s${index}`);
			}
		};
		const running = traffic();
		await until(() => said.filter((word) => word === "told").length > 3);
		child.kill("SIGKILL");
		await until(
			async () => (await two.call("im-router.online", { userIds: ["34"] })).userIds.length === 0
		);
		isOver = true;
		await running;
		const { pending, epoch, sequence } = await two.connect("34");
		/** What the device has, by id; a message that comes twice has the same sequence. */
		const received = new Map<string, number>();
		const receive = (message: { id: string; sequence: number }) => {
			expect(received.get(message.id) ?? message.sequence).toBe(message.sequence);
			received.set(message.id, message.sequence);
		};
		for (const message of pending) receive(message as { id: string; sequence: number });
		const ack = (upTo: number) =>
			two.call("im-router.ack", { userId: "34", deviceId, epoch, upTo });
		await ack(sequence);
		// What one connection is not shown at once comes after its acks.
		await until(async () => {
			for (const { json } of directsOf(two, "34")) receive(JSON.parse(json));
			await ack(Math.max(...received.values()));
			return received.size >= told.length;
		});
		expect([...received.keys()].toSorted()).toEqual(told.toSorted());
		await ack(Math.max(...received.values()));
		expect((await one.call("im-router.inbox", { userId: "34" })).items).toEqual([]);
		expect(linesOf(two, "1")).toEqual([]);
		await until(async () => (await one.call("im-router.room", { roomId: "1" })).nodes.length === 0);
	});

	function spawnChild(userId: string): { child: ChildProcess; said: string[] } {
		const more = { NODE_ENV: "test", LOG_LEVEL: "fatal", ...variables };
		const args = [script, JSON.stringify(more), namespace, userId];
		const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
		const pid = child.pid ?? -1;
		watch(pid);
		child.once("exit", () => forget(pid));
		stopping.push(async () => child.kill("SIGKILL"));
		const said: string[] = [];
		createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
			said.push(line);
		});
		return { child, said };
	}
});
