/**
 * `npm run demo:stream`: the demo host goes on air with a moving test picture, a wall clock and a
 * tone, through the public HTTP API as any host with OBS would. Ctrl-C ends it.
 *
 * `-- --room ID` pushes into that room, `-- --seconds N` ends after so long.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Env, loadEnv } from "../config/env.ts";
import { Refusal, signIn } from "./demo-stream/api.ts";
import { push } from "./demo-stream/push.ts";
import { askForKey, findRoom, open, RoomEnded, type StreamKey } from "./demo-stream/room.ts";
import { explain } from "./explain.ts";
import { demoPassword, demoPeople } from "./seed.ts";
import { pathOf } from "./servers/programs.ts";

const backoffMsMin = 1_000;
const backoffMsMax = 30_000;
/** A stream that stood so long was a good one: its end is not one failure more. */
const steadyMs = 30_000;
const triesPerKey = 3;

interface Plan {
	readonly base: string;
	readonly ffmpeg: string;
	readonly roomId: string | undefined;
	readonly signal: AbortSignal;
}

/** Streams until `signal`; comes back after every break, later each time. */
async function stream({ base, ffmpeg, roomId, signal }: Plan): Promise<void> {
	let current = roomId;
	let address: StreamKey | undefined;
	for (let failures = 0; !signal.aborted; failures += 1) {
		const startedAt = Date.now();
		try {
			const host = await signIn(base, demoPeople[0].username, demoPassword);
			const room = await findRoom(host, current);
			if (address && room.status === "ended") throw new RoomEnded(room.id);
			await open(host, room);
			// Hosts get few keys, and most breaks are not about the key.
			if (!address || failures % triesPerKey === 0) address = await askForKey(host, room);
			current = room.id;
			console.log(`On air: "${room.title}", ${base}/rooms/${room.id}`);
			await push({ ffmpeg, address, signal, print: (line) => console.error(`ffmpeg: ${line}`) });
			if (!signal.aborted) console.error("The stream broke off.");
		} catch (error) {
			if (!passes(error)) throw error;
			console.error(`${base}: ${reasonOf(error)}`);
		}
		if (Date.now() - startedAt > steadyMs) failures = 0;
		await pause(failures, signal);
	}
}

/** Whether it may be gone at the next try: no answer, or an answer that says "later". */
const passes = (error: unknown): boolean =>
	error instanceof Refusal
		? error.passes
		: error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");

function reasonOf(error: unknown): string {
	if (error instanceof TypeError) return "no platform answers there; npm start starts one.";
	return error instanceof Error ? error.message : String(error);
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	const longest = Math.min(backoffMsMax, backoffMsMin * 2 ** failures);
	const ms = Math.round(longest * (0.5 + Math.random() / 2));
	console.error(`The next try is in ${(ms / 1_000).toFixed(1)} s.`);
	// The abort wakes it up, which is no error here.
	await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Where clients of this machine reach the platform: an address to bind may be none to call. */
function baseOf(env: Env): string {
	const host = ["0.0.0.0", "::"].includes(env.host) ? "127.0.0.1" : env.host;
	return (env.publicUrl ?? `http://${host}:${env.ports.http}`).replace(/\/$/, "");
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { room: { type: "string" }, seconds: { type: "string" } }
	});
	const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
	if (seconds !== undefined && !(seconds > 0)) throw new Error("--seconds is a number above 0.");
	const ffmpeg = pathOf("ffmpeg");
	if (!ffmpeg) throw new Error("ffmpeg is not installed: npm run setup:servers");
	const stopping = new AbortController();
	const stop = (): void => stopping.abort();
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	if (seconds !== undefined) setTimeout(stop, seconds * 1_000).unref();
	const base = baseOf(loadEnv());
	await stream({ base, ffmpeg, roomId: values.room, signal: stopping.signal });
}

try {
	await main();
	process.exit(0);
} catch (error) {
	const known = error instanceof Refusal || error instanceof RoomEnded;
	console.error(known ? error.message : explain(error));
	process.exit(1);
}
