/** A host's encoder: ffmpeg, which pushes a test picture and can fail in the ways real ones do. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
	encoderArguments,
	type Picture,
	publishTarget
} from "../../scripts/demo-stream/picture.ts";
import { forget, watch } from "../../scripts/servers/guard.ts";
import { tools } from "./tools.ts";

/** Small and cheap to make: the tests share their cores with what they test. */
export const testPicture: Picture = { width: 640, height: 360, preset: "ultrafast" };

export interface Encoder {
	readonly pid: number;
	readonly running: boolean;
	/** The end of what ffmpeg said. */
	log(): string;
	/** SIGSTOP: it hangs, its connection stays open. */
	pause(): void;
	/** SIGCONT. */
	resume(): void;
	/** SIGKILL and wait: its socket is closed by the system, without a word of RTMP. */
	kill(): Promise<void>;
	/** SIGTERM and wait: it says goodbye. */
	stop(): Promise<void>;
	/** Settles when it has ended, also when it was refused; what it said. */
	readonly gone: Promise<string>;
}

/** As `POST /rooms/:id/stream-key` answers. */
export interface PublishAddress {
	readonly url: string;
	readonly key: string;
}

/** Pushes until it is ended; the encoder ends with the test run, however that ends. */
export function startEncoder(address: PublishAddress, picture: Picture = testPicture): Encoder {
	if (!tools.ffmpeg) throw new Error("ffmpeg is not installed: npm run setup:servers");
	const child = spawn(tools.ffmpeg, encoderArguments(picture, publishTarget(address)), {
		stdio: ["ignore", "ignore", "pipe"]
	});
	const pid = child.pid ?? -1;
	watch(pid);
	let said = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		said = (said + text).slice(-10_000);
	});
	const running = () => child.exitCode === null && child.signalCode === null;
	const gone = once(child, "close").then(() => {
		forget(pid);
		return said;
	});
	const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
		if (running()) child.kill(signal);
		// A paused process takes SIGTERM only once it goes on.
		if (running()) child.kill("SIGCONT");
		await gone;
	};
	return {
		pid,
		get running() {
			return running();
		},
		log: () => said,
		pause: () => void child.kill("SIGSTOP"),
		resume: () => void child.kill("SIGCONT"),
		kill: () => end("SIGKILL"),
		stop: () => end("SIGTERM"),
		gone
	};
}
