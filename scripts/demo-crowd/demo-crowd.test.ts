import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { send } from "./http.ts";
import { lossesTold, orderFaults, RoomLog, type Step, stepFaults } from "./room-log.ts";
import { type Outcome, quantile, sufferings, Tally } from "./tally.ts";

describe("chance", () => {
	it("throws the same again for the same seed, and others for another", () => {
		const thrown = (seed: number) => {
			const dice = new Dice(seed);
			return Array.from({ length: 50 }, () => dice.between(1, 6));
		};
		expect(thrown(7)).toEqual(thrown(7));
		expect(thrown(7)).not.toEqual(thrown(8));
		expect(new Set(thrown(7))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
	});

	it("chooses by weight, and nothing that weighs nothing", () => {
		const dice = new Dice(1);
		const weights = { often: 9, seldom: 1, never: 0 };
		type Word = keyof typeof weights;
		const words = Array.from({ length: 1_000 }, () =>
			dice.weighed(["never", "often", "seldom"] as Word[], (word) => weights[word])
		);
		const count = (word: Word) => words.filter((one) => one === word).length;
		expect(count("never")).toBe(0);
		expect(count("often")).toBeGreaterThan(5 * count("seldom"));
		expect(count("often") + count("seldom")).toBe(1_000);
		expect(dice.weighed(["never"] as Word[], () => 0)).toBeUndefined();
		expect(dice.pick([])).toBeUndefined();
	});
});

describe("the tally", () => {
	const tries = (...all: (readonly [Outcome, from: number, to: number, who?: string])[]) => {
		const tally = new Tally();
		for (const [outcome, startedAt, endedAt, who = "ann"] of all) {
			const code = outcome === "done" ? {} : { code: outcome.toUpperCase() };
			tally.note({ kind: "gift", who, startedAt, endedAt, outcome, ...code });
		}
		return tally;
	};

	it("takes an outage from the first lost try to the next answer of the same person", () => {
		const tally = tries(
			["done", 0, 10],
			["lost", 100, 150],
			["lost", 200, 250],
			["done", 210, 240, "bob"],
			["limited", 260, 270],
			["done", 300, 320],
			["lost", 400, 450, "bob"]
		);
		expect(tally.outages).toEqual([
			{ kind: "gift", who: "ann", from: 100, noticedAt: 150, to: 320, lostTries: 2 },
			{ kind: "gift", who: "bob", from: 400, noticedAt: 450, lostTries: 1 }
		]);
		expect(tally.open.map(({ who }) => who)).toEqual(["bob"]);
		expect(tally.lastDone("gift")).toBe(300);
		expect(tally.lastDone("chat")).toBe(0);
	});

	it("ends an outage with a definite no, which is an answer", () => {
		const tally = tries(["lost", 0, 10], ["refused", 20, 30]);
		expect(tally.open).toEqual([]);
		expect(tally.refusals).toEqual(new Map([["gift REFUSED", 1]]));
	});

	it("sums up what users saw of a fault, by when they noticed it", () => {
		const { outages } = tries(
			["lost", 90, 110],
			["done", 120, 190],
			["lost", 100, 120, "bob"],
			["lost", 130, 140, "bob"],
			["done", 150, 400, "bob"],
			["lost", 500, 600]
		);
		expect(sufferings(outages, { from: 100, to: 500 })).toEqual([
			{
				...{ kind: "gift", lostTries: 3, people: 2 },
				...{ shortestMs: 100, medianMs: 100, longestMs: 300 }
			}
		]);
		const [last] = sufferings(outages, { from: 500, to: 1_000 });
		expect(last?.longestMs).toBe(Number.POSITIVE_INFINITY);
	});

	it("says in a line what was done since the last one", () => {
		const tally = tries(["done", 0, 10], ["done", 0, 30], ["refused", 0, 5], ["lost", 0, 1]);
		expect(tally.line(2)).toBe(
			"2 done (1.0/s): gift 2; median 10 ms, p99 30 ms; " +
				"1 refused: gift REFUSED 1; 1 lost: gift LOST 1"
		);
		expect(tally.line(2)).toBe("0 done (0.0/s)");
		expect(tally.total("done")).toBe(2);
	});

	it("takes quantiles from above", () => {
		expect(quantile([4, 1, 3, 2], 0.5)).toBe(2);
		expect(quantile([4, 1, 3, 2], 0.99)).toBe(4);
		expect(quantile([], 0.5)).toBe(0);
	});
});

describe("the log of a room as a client got it", () => {
	const at = (offset: number, epoch = "a") => ({
		...{ id: `${epoch}${offset}`, kind: "chat", epoch, offset, body: {} }
	});
	const enter = (log: RoomLog, offsets: readonly number[], recovered = true, epoch = "a") =>
		log.enter({
			...{ epoch, offset: offsets.at(-1) ?? log.place?.offset ?? 0, recovered },
			messages: offsets.map((offset) => at(offset, epoch))
		});

	it("is right when it goes on where it was, or says that it does not", () => {
		const log = new RoomLog(true);
		enter(log, [4, 5]);
		for (const offset of [6, 7]) log.take(at(offset));
		log.take({ id: "x", kind: "likes", body: {} });
		enter(log, [8, 9]);
		enter(log, []);
		enter(log, [3, 4], false, "b");
		log.take({ id: "y", kind: "room", body: { type: "gap", epoch: "b", offset: 9 } });
		for (const offset of [8, 9, 10]) log.take(at(offset, "b"));
		expect(stepFaults(log.steps)).toEqual([]);
		expect(lossesTold(log.steps)).toBe(2);
		expect(log.place).toEqual({ epoch: "b", offset: 10 });
	});

	it.each<[fault: string, make: (log: RoomLog) => void]>([
		["a/6 came after a/4", (log) => log.take(at(6))],
		["b/5 came after a/4", (log) => log.take(at(5, "b"))],
		["a4 came twice, at a/4", (log) => log.take(at(4))],
		["a/6 came after a/4", (log) => enter(log, [6, 7])],
		[
			"entered at a/9, was given up to a/4",
			(log) => log.enter({ epoch: "a", offset: 9, recovered: true, messages: [] })
		]
	])("is wrong: %s", (fault, make) => {
		const log = new RoomLog(true);
		enter(log, [3, 4]);
		make(log);
		expect(stepFaults(log.steps)).toContain(fault);
	});

	it("is the same for all", () => {
		const step = (id: string): Step => ({ step: "message", id, epoch: "a", offset: 1 });
		expect(orderFaults([[step("x")], [step("x")]])).toEqual([]);
		expect(orderFaults([[step("x")], [step("y")]])).toHaveLength(1);
	});
});

describe("an answer", () => {
	const closing: (() => unknown)[] = [];
	afterEach(() => {
		for (const close of closing.splice(0)) close();
	});

	async function answering(status: number, text: string, headers: Record<string, string> = {}) {
		const server = createServer((_, response) => response.writeHead(status, headers).end(text));
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		closing.push(() => server.close());
		const { port } = server.address() as AddressInfo;
		return send(`http://127.0.0.1:${port}`, { method: "POST", path: "/x" });
	}
	const error = (code: string, data?: object) => JSON.stringify({ error: { code, data } });

	it.each([
		[200, '{"id":"1"}', {}, { outcome: "done", result: { id: "1" } }],
		[409, error("ORDER_STATE"), {}, { outcome: "refused", code: "ORDER_STATE" }],
		[503, error("BUSY"), {}, { outcome: "lost", code: "BUSY" }],
		[502, "<html>", {}, { outcome: "lost", code: "HTTP_502" }],
		[200, "{ cut", {}, { outcome: "lost", code: "NO_ANSWER" }],
		[
			...[429, error("RATE_LIMITED", { retryAfterMs: 70 }), {}],
			{ outcome: "limited", code: "RATE_LIMITED", retryAfterMs: 70 }
		],
		[
			...[429, "", { "retry-after": "3" }],
			{ outcome: "limited", code: "HTTP_429", retryAfterMs: 3_000 }
		]
	] as [number, string, Record<string, string>, object][])(
		"of %i %s is what it says",
		async (status, text, headers, answer) => {
			expect(await answering(status, text, headers)).toEqual(answer);
		}
	);

	it("that never comes is a lost one", async () => {
		const answer = await send("http://127.0.0.1:1", { method: "GET", path: "/x" });
		expect(answer).toEqual({ outcome: "lost", code: "NO_ANSWER" });
	});
});
