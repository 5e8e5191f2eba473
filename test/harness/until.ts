/** Waiting for what other processes do: never a fixed sleep. */
import { setTimeout as sleep } from "node:timers/promises";

/** Asks again until it holds; throws, with the last error it met, when `timeoutMs` have passed. */
export async function until(
	holds: () => boolean | Promise<boolean>,
	timeoutMs = 10_000
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	let last: unknown;
	for (;;) {
		try {
			if (await holds()) return;
		} catch (error) {
			last = error;
		}
		if (Date.now() > deadline) {
			throw new Error(`This did not come true in ${timeoutMs} ms: ${holds}`, { cause: last });
		}
		await sleep(20);
	}
}
