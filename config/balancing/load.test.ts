import { type Endpoint, ServiceBroker } from "moleculer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../limits.ts";
import { LeastPending, loadOf } from "./load.ts";

const list = ["a", "b", "c"].map((id) => ({ id }) as Endpoint);

describe("the node that owes the fewest answers", () => {
	const broker = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
	const load = loadOf(broker);
	const strategy = new LeastPending(broker.registry, broker);
	const pick = () => strategy.select(list).id;

	beforeEach(() => vi.useFakeTimers());
	afterEach(() => vi.useRealTimers());

	it("takes turns while all are idle", () => {
		const picked = Array.from({ length: 6 }, pick);
		expect(picked.toSorted()).toEqual(["a", "a", "b", "b", "c", "c"]);
	});

	it("passes over a node that does not answer", () => {
		for (const { id } of list) load.begin(id);
		load.begin("b");
		const picked = new Set(Array.from({ length: 9 }, pick));
		expect([...picked].sort()).toEqual(["a", "c"]);
		for (const { id } of list) load.end(id);
		load.end("b");
		expect(new Set(Array.from({ length: 9 }, pick)).size).toBe(3);
	});

	it("does not fall for a node that fails faster than the others answer", () => {
		for (const id of ["a", "b", "c"]) load.begin(id);
		load.endAfterFault("a");
		load.end("b");
		expect(pick()).toBe("b");
		load.end("c");
		expect(new Set(Array.from({ length: 9 }, pick))).toEqual(new Set(["b", "c"]));
		vi.advanceTimersByTime(limits.faultWeighsMilliseconds);
		expect(new Set(Array.from({ length: 9 }, pick)).size).toBe(3);
	});
});
