/** Figures of the process itself: memory, CPU and how late the event loop runs. */
import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Middleware, ServiceBroker } from "moleculer";
import { limits } from "../limits.ts";

const gauges = {
	"process.memory.rss.bytes": "Memory of the process",
	"process.memory.heap.used.bytes": "JavaScript heap in use",
	"process.memory.heap.total.bytes": "JavaScript heap reserved",
	"process.memory.external.bytes": "Buffers outside the heap",
	"process.uptime.seconds": "Time since the start",
	"process.files.open": "Files and sockets that are open (Linux)",
	"process.files.max": "How many of them the system allows; 0 where it does not say",
	"process.event.loop.utilization": "Share of the last period in which the loop was busy, 0 to 1",
	"transit.requests.pending": "Calls sent to other nodes and not answered yet"
} as const;

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

const lag = "process.event.loop.lag.milliseconds";
const cpu = "process.cpu.seconds.total";

/** The histogram records whole intervals; what is beyond the period of its timer is lateness. */
const timerMilliseconds = 10;

function register({ metrics }: ServiceBroker): void {
	for (const [name, description] of Object.entries(gauges)) {
		metrics.register({ type: "gauge", name, description });
	}
	metrics.register({ type: "counter", name: cpu, description: "CPU time used, user and system" });
	metrics.register({
		type: "gauge",
		name: lag,
		labelNames: ["stat"],
		description: "How late timers of the last period ran: p50, p99, max"
	});
}

const late = (nanoseconds: number): number =>
	Math.max(0, Math.round(nanoseconds / 1000 - timerMilliseconds * 1000) / 1000);

function measureLoop(broker: ServiceBroker, loop: LoopDelay): void {
	broker.metrics.set(lag, late(loop.percentile(50)), { stat: "p50" });
	broker.metrics.set(lag, late(loop.percentile(99)), { stat: "p99" });
	broker.metrics.set(lag, late(loop.max), { stat: "max" });
	loop.reset();
}

/** A socket is a file, too: an edge that may open 1,024 serves no more than about 1,000 people. */
export function filesMax(): number {
	try {
		const text = readFileSync("/proc/self/limits", "utf8");
		return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? 0);
	} catch {
		return 0;
	}
}

function openFiles(): number {
	try {
		return readdirSync("/proc/self/fd").length;
	} catch {
		return 0;
	}
}

function measureProcess({ metrics, transit }: ServiceBroker): void {
	const memory = process.memoryUsage();
	const { user, system } = process.cpuUsage();
	metrics.set("process.memory.rss.bytes", memory.rss);
	metrics.set("process.memory.heap.used.bytes", memory.heapUsed);
	metrics.set("process.memory.heap.total.bytes", memory.heapTotal);
	metrics.set("process.memory.external.bytes", memory.external);
	metrics.set("process.uptime.seconds", Math.round(process.uptime()));
	metrics.set(cpu, (user + system) / 1_000_000);
	metrics.set("process.files.open", openFiles());
	// Moleculer's gauge of the same name adds up its readings instead of showing the last one.
	metrics.set("transit.requests.pending", transit?.pendingRequests.size ?? 0);
}

/** Samples the process every `limits.processSampleMilliseconds`, where metrics are on. */
export function processMetrics(): Middleware {
	let loop: LoopDelay | undefined;
	let timer: NodeJS.Timeout | undefined;
	return {
		name: "ProcessMetrics",
		async starting(broker: ServiceBroker) {
			if (!broker.isMetricsEnabled()) return;
			register(broker);
			broker.metrics.set("process.files.max", filesMax());
			loop = monitorEventLoopDelay({ resolution: timerMilliseconds });
			loop.enable();
			let busy = performance.eventLoopUtilization();
			const sample = () => {
				const now = performance.eventLoopUtilization();
				const { utilization } = performance.eventLoopUtilization(now, busy);
				busy = now;
				broker.metrics.set("process.event.loop.utilization", Math.round(utilization * 1000) / 1000);
				if (loop) measureLoop(broker, loop);
				measureProcess(broker);
			};
			sample();
			timer = setInterval(sample, limits.processSampleMilliseconds);
			timer.unref();
		},
		async stopped() {
			clearInterval(timer);
			loop?.disable();
		}
	};
}
