/** Runs ffmpeg as an encoder that pushes to an address. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { forget, watch } from "../servers/guard.ts";
import { demoPicture, encoderArguments, publishTarget } from "./picture.ts";
import type { StreamKey } from "./room.ts";

const stopMs = 3_000;

export interface Push {
	readonly ffmpeg: string;
	readonly address: StreamKey;
	/** Ends the encoder. */
	readonly signal: AbortSignal;
	/** What ffmpeg says, line by line, without the key. */
	print(line: string): void;
}

/** Back when the encoder has ended, for whatever reason; throws when it cannot be started. */
export async function push({ ffmpeg, address, signal, print }: Push): Promise<void> {
	const target = publishTarget(address);
	const child = spawn(ffmpeg, encoderArguments(demoPicture, target), {
		stdio: ["ignore", "ignore", "pipe"]
	});
	const { pid } = child;
	if (pid !== undefined) watch(pid);
	createInterface({ input: child.stderr }).on("line", (line) =>
		print(line.replaceAll(address.key, "<key>"))
	);
	let hard: NodeJS.Timeout | undefined;
	const stop = (): void => {
		child.kill("SIGTERM");
		hard = setTimeout(() => child.kill("SIGKILL"), stopMs);
	};
	signal.addEventListener("abort", stop, { once: true });
	if (signal.aborted) stop();
	try {
		await once(child, "exit");
	} finally {
		clearTimeout(hard);
		signal.removeEventListener("abort", stop);
		if (pid !== undefined) forget(pid);
	}
}
