import { ServiceBroker } from "moleculer";
import { expect, test, vi } from "vitest";
import { limits } from "../../config/limits.ts";
import { busAnswers, Probe } from "./health.probe.ts";

test("gives the answer, or undefined when asking fails", async () => {
	expect(await new Probe(async () => 7).run()).toBe(7);
	expect(await new Probe(() => Promise.reject(new Error("gone"))).run()).toBeUndefined();
});

test("a question without an answer is given up in time and not asked a second time", async () => {
	vi.useFakeTimers();
	try {
		let answer: (value: string) => void = () => {};
		let asked = 0;
		const probe = new Probe(() => {
			asked += 1;
			return new Promise<string>((resolve) => {
				answer = resolve;
			});
		});
		for (let round = 0; round < 5; round += 1) {
			const result = probe.run();
			await vi.advanceTimersByTimeAsync(limits.healthProbeMillisecondsMax);
			expect(await result).toBeUndefined();
		}
		expect(asked).toBe(1);
		const late = probe.run();
		answer("back");
		expect(await late).toBe("back");
		probe.run();
		expect(asked).toBe(2);
	} finally {
		vi.useRealTimers();
	}
});

test("a bus client that cannot reach its server is not alive, whatever transit says", async () => {
	const broker = new ServiceBroker({ logger: false });
	const bus = (flush: () => Promise<void>) =>
		Object.assign(Object.create(broker), {
			transit: { connected: true, tx: { client: { flush } } }
		});
	expect(await busAnswers(bus(async () => {}))).toBe(true);
	await expect(busAnswers(bus(() => Promise.reject(new Error("closed"))))).rejects.toThrow();
	expect(await busAnswers(broker)).toBe(false);
});
