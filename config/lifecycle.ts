/**
 * How a process ends: nothing accepted is lost, sockets are told, and it is over within
 * `limits.shutdownMillisecondsMax`.
 */
import type { Service, ServiceBroker } from "moleculer";
import { limits } from "./limits.ts";

const ready = new WeakSet<ServiceBroker>();

/** Everything that `start()` promises is there, demo people too. */
export const markReady = (broker: ServiceBroker): void => {
	ready.add(broker);
};

/** Between the end of the start and the beginning of the stop. */
export const isReady = (broker: ServiceBroker): boolean => ready.has(broker);

type Drainable = Service & { drain?: () => Promise<void> | void };

/**
 * Makes `broker.stop()` safe to call twice and drains the edge first. Moleculer waits for calls
 * in flight before it stops services; while the edge still takes requests, that never ends.
 */
export function stopCleanly(broker: ServiceBroker): void {
	const stop = broker.stop.bind(broker);
	let stopping: Promise<void> | undefined;
	broker.stop = () => {
		stopping ??= (async () => {
			ready.delete(broker);
			await Promise.all(broker.services.map((service) => (service as Drainable).drain?.()));
			await stop();
		})();
		return stopping;
	};
}

/**
 * Ends the process on SIGTERM or SIGINT. Under npm one Ctrl-C arrives twice (from npm and from
 * the terminal's process group): the second changes nothing.
 */
export function stopOnSignals(broker: ServiceBroker, before?: () => Promise<void> | void): void {
	let stopping = false;
	const end = async () => {
		if (stopping) return;
		stopping = true;
		const deadline = setTimeout(() => process.exit(1), limits.shutdownMillisecondsMax);
		deadline.unref();
		try {
			await before?.();
			await broker.stop();
			process.exit(0);
		} catch (error) {
			broker.logger.error("The node could not stop cleanly", error);
			process.exit(1);
		}
	};
	process.on("SIGTERM", end);
	process.on("SIGINT", end);
}
