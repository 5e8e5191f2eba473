/**
 * S2: what callers see of two nodes when one dies, one hangs or the bus is away. The figures of
 * docs/adr/0004-balancing-and-breaking.md come from the tables that these tests print.
 *
 * Writes are never tried again unless they reached no node; every run of one is counted on disk.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadOf } from "../../config/balancing/load.ts";
import { natsCommand } from "../../scripts/servers/nats.ts";
import { until } from "../harness/until.ts";
import { startWorkCluster, untilOffered, type WorkCluster } from "./balancing/cluster.ts";
import { type Outcome, Traffic, tell } from "./balancing/traffic.ts";

const failed = (outcomes: readonly Outcome[]) => outcomes.filter(({ result }) => result !== "ok");
const lookedUp = (outcomes: readonly Outcome[]) => outcomes.filter(({ kind }) => kind === "look");
const longest = (outcomes: readonly Outcome[]) =>
	Math.max(0, ...outcomes.map(({ tookMs }) => tookMs));

/** After these the caller cannot know whether the write ran; after any other it did not. */
const unknowable = ["REQUEST_TIMEOUT", "REQUEST_REJECTED"];

describe.skipIf(!natsCommand())("two nodes on a real bus", () => {
	let cluster: WorkCluster;
	let traffic: Traffic;

	beforeEach(async () => {
		cluster = await startWorkCluster();
		traffic = new Traffic(cluster.caller);
		await until(() => traffic.outcomes.length > 300);
	});
	afterEach(() => cluster.stop());

	/** The share of the latest answers that came from `b`. */
	const shareOfB = (since: number): number => {
		const answers = traffic.since(since).filter(({ result }) => result === "ok");
		return answers.filter(({ node }) => node === "b").length / answers.length;
	};

	const untilBothAnswer = (since: number): Promise<void> =>
		until(() => traffic.since(since).length > 200 && shareOfB(since) > 0.25, 20_000);

	/** What holds whatever happened: told "ok" ran once, and nothing ran twice. */
	function expectNoWriteTwice(): void {
		const runs = cluster.runs();
		expect([...runs.values()].filter((count) => count > 1)).toEqual([]);
		for (const { id, kind, result } of traffic.outcomes) {
			if (kind === "look") continue;
			if (result === "ok") expect(runs.get(id), id).toBe(1);
			else if (!unknowable.includes(result))
				expect(runs.get(id), `${id} ${result}`).toBeUndefined();
		}
	}

	it("share the calls", async () => {
		await until(() => traffic.outcomes.length > 1_000);
		await traffic.stop();
		expect(failed(traffic.outcomes)).toEqual([]);
		expect(shareOfB(0)).toBeGreaterThan(0.35);
		expect(shareOfB(0)).toBeLessThan(0.65);
		expectNoWriteTwice();
	});

	it("one is killed: reads are healed, only writes on their way to it fail", async () => {
		await until(() => loadOf(cluster.caller).of("b") > 0);
		const onTheirWay = loadOf(cluster.caller).of("b");
		cluster.nodes.b.signal("SIGKILL");
		const struckAt = traffic.now;
		await sleep(5_000);
		await cluster.restart("b");
		await untilBothAnswer(traffic.now);
		await traffic.stop();
		tell({ title: "kill -9", outcomes: traffic.outcomes, struckAt, runs: cluster.runs() });

		expect(onTheirWay).toBeGreaterThan(0);
		expect(failed(lookedUp(traffic.outcomes)), "reads").toEqual([]);
		expect(failed(traffic.outcomes).length, "writes").toBeLessThanOrEqual(onTheirWay + 20);
		expect(failed(traffic.since(struckAt + 2_000)), "clean after 2 s").toEqual([]);
		expect(longest(traffic.outcomes)).toBeLessThan(5_000);
		expectNoWriteTwice();
	});

	it("the bus is killed and comes back: calls fail at once, then all is well", async () => {
		await until(() => traffic.inFlight > 0);
		const onTheirWay = traffic.inFlight;
		const struckAt = traffic.now;
		await cluster.nats.kill();
		await sleep(3_000);
		await cluster.nats.restart();
		const backAt = traffic.now;
		await untilBothAnswer(backAt + 2_000);
		await sleep(2_000);
		await traffic.stop();
		tell({ title: "NATS killed", outcomes: traffic.outcomes, struckAt, runs: cluster.runs() });

		expect(onTheirWay).toBeGreaterThan(0);
		const meanwhile = traffic.since(struckAt + 200).filter(({ begunAt }) => begunAt < backAt);
		const atOnce = meanwhile.filter(({ tookMs }) => tookMs < 1_000);
		expect(atOnce.length).toBeGreaterThan(meanwhile.length * 0.95);
		expect(failed(traffic.since(backAt + 2_000)), "clean 2 s after").toEqual([]);
		expectNoWriteTwice();
	});

	it("one hangs: it gets few calls more, its breaker opens, it comes back unharmed", async () => {
		await until(() => loadOf(cluster.caller).of("b") > 0);
		const onTheirWay = loadOf(cluster.caller).of("b");
		const inFlight = traffic.inFlight;
		cluster.nodes.b.signal("SIGSTOP");
		const struckAt = traffic.now;
		// Longer than the silence after which a node is taken for lost.
		await sleep(9_500);
		const hungUntil = traffic.now;
		cluster.nodes.b.signal("SIGCONT");
		await untilOffered(cluster.caller, ["a", "b"]);
		await untilBothAnswer(traffic.now);
		await traffic.stop();
		const runs = cluster.runs();
		tell({ title: "SIGSTOP for 9.5 s", outcomes: traffic.outcomes, struckAt, runs });

		expect(onTheirWay).toBeGreaterThan(0);
		expect(failed(lookedUp(traffic.outcomes)), "reads").toEqual([]);
		const lost = failed(traffic.outcomes);
		expect(lost.length, "writes").toBeLessThanOrEqual(3 * inFlight + 30);
		expect(failed(traffic.since(struckAt + 8_500)), "clean after 8.5 s").toEqual([]);
		const meanwhile = traffic.since(struckAt + 500).filter(({ begunAt }) => begunAt < hungUntil);
		const served = meanwhile.filter(({ result }) => result === "ok");
		expect(served.length).toBeGreaterThan(meanwhile.length * 0.95);
		expect(cluster.opened).toContain("b");
		// What it had received it does when it goes on: the callers were told that they cannot know.
		const stale = lost.filter(({ id }) => runs.has(id));
		for (const { result } of stale) expect(unknowable).toContain(result);
		expectNoWriteTwice();
	});
});
