/** Asking a part of the platform without ever waiting long for it, or twice at once. */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";

/**
 * Runs `ask` for at most `limits.healthProbeMillisecondsMax`. While an earlier question is still
 * open it waits for that one: a database that hangs would else collect one more waiting query per
 * second, and its pool would be full of them when it comes back.
 */
export class Probe<Answer> {
	readonly #ask: () => Promise<Answer>;
	#open: Promise<Answer> | undefined;

	constructor(ask: () => Promise<Answer>) {
		this.#ask = ask;
	}

	/** The answer, or undefined when there is none in time or `ask` failed. */
	async run(): Promise<Answer | undefined> {
		this.#open ??= this.#ask().finally(() => {
			this.#open = undefined;
		});
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<undefined>((resolve) => {
			timer = setTimeout(resolve, limits.healthProbeMillisecondsMax, undefined);
		});
		try {
			return await Promise.race([this.#open, late]);
		} catch {
			return undefined;
		} finally {
			clearTimeout(timer);
		}
	}
}

/**
 * Asks the bus for a sign of life. `transit.connected` does not tell: it stays true while the
 * NATS client is away and tries to reconnect.
 */
export async function busAnswers({ transit }: ServiceBroker): Promise<boolean> {
	const client = (transit?.tx as { client?: { flush?(): Promise<void> } } | undefined)?.client;
	await client?.flush?.();
	return transit?.connected === true;
}
