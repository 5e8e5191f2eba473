/**
 * `npm run demo:crowd`: viewers who chat, like, give gifts and buy in the demo room, through the
 * public HTTP API and sockets as any client would. Ctrl-C ends it.
 *
 * `-- --url URL` says where (again for more edges), `--room ID` in which room, `--people N` how
 * many they are and `--name WORD` how they are called, `--rate N` how many actions a second they
 * take together, `--seconds N` for how long.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startCrowd } from "./demo-crowd/crowd.ts";
import { Unwelcome } from "./demo-crowd/person.ts";
import { Refusal, signIn } from "./demo-stream/api.ts";
import { findRoom, open } from "./demo-stream/room.ts";
import { explain } from "./explain.ts";
import { demoPassword, demoPeople } from "./seed.ts";

const lineMs = 5_000;
/** Whoever presses Ctrl-C wants to go on soon. */
const stopPatienceMs = 5_000;

interface Wish {
	readonly urls: readonly string[];
	readonly roomId: string | undefined;
	readonly name: string;
	readonly people: number;
	readonly actionsPerSecond: number;
	readonly seconds: number | undefined;
}

function readWish(): Wish {
	const { values } = parseArgs({
		options: {
			url: { type: "string", multiple: true, default: ["http://127.0.0.1:3000"] },
			room: { type: "string" },
			name: { type: "string", default: "crowd" },
			people: { type: "string", default: "20" },
			rate: { type: "string", default: "5" },
			seconds: { type: "string" }
		}
	});
	const positive = (option: string, text: string): number => {
		const number = Number(text);
		if (number > 0 && number < Number.POSITIVE_INFINITY) return number;
		throw new Error(`--${option} is a number above 0.`);
	};
	return {
		urls: values.url.map((url) => new URL(url).origin),
		roomId: values.room,
		name: values.name,
		people: Math.ceil(positive("people", values.people)),
		actionsPerSecond: positive("rate", values.rate),
		seconds: values.seconds === undefined ? undefined : positive("seconds", values.seconds)
	};
}

/** The room of the demo host, which is opened where it is not: nobody chats in a closed one. */
async function demoRoom(url: string): Promise<string> {
	const host = await signIn(url, demoPeople[0].username, demoPassword);
	const room = await findRoom(host);
	await open(host, room);
	return room.id;
}

async function main(): Promise<void> {
	const { urls, seconds, name, people, actionsPerSecond, ...wish } = readWish();
	const stopping = new AbortController();
	const stop = (): void => stopping.abort();
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	const [url = ""] = urls;
	const roomId = wish.roomId ?? (await demoRoom(url));
	console.log(`${people} people come to ${url}/rooms/${roomId}. Ctrl-C ends it.`);
	const startedAt = Date.now();
	const crowd = await Promise.race([
		startCrowd({ urls, roomId, name, people, actionsPerSecond }),
		once(stopping.signal, "abort")
	]);
	if (Array.isArray(crowd)) return;
	console.log(`They are there: ${crowd.tally.line((Date.now() - startedAt) / 1_000)}`);
	if (seconds !== undefined) setTimeout(stop, seconds * 1_000).unref();
	for (let last = Date.now(); !stopping.signal.aborted; last = Date.now()) {
		await sleep(lineMs, undefined, { signal: stopping.signal }).catch(() => {});
		console.log(crowd.tally.line((Date.now() - last) / 1_000));
	}
	const { outages } = await crowd.stop(stopPatienceMs);
	const { tally } = crowd;
	const [done, refused, lost] = (["done", "refused", "lost"] as const).map((outcome) =>
		tally.total(outcome)
	);
	console.log(`In all: ${done} done, ${refused} refused, ${lost} lost, ${outages.length} outages.`);
}

function reasonOf(error: unknown): string {
	if (error instanceof TypeError && error.message === "fetch failed") {
		return "No platform answers there; npm start starts one.";
	}
	return error instanceof Refusal || error instanceof Unwelcome ? error.message : explain(error);
}

try {
	await main();
	process.exit(0);
} catch (error) {
	console.error(reasonOf(error));
	process.exit(1);
}
