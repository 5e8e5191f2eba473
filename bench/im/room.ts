/** A room of 300 over two nodes: lines at an even rate, and what it takes to deliver them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Side } from "../harness.ts";
import { ageOf, LightSocket, lineNow } from "./light-socket.ts";
import { cpuOf, type Nodes } from "./nodes.ts";

export interface Person {
	readonly userId: string;
	readonly token: string;
}

/** Of all rounds but the first. */
export interface Seen {
	/** Milliseconds from sending to reading, of every tenth reader. */
	readonly ages: number[];
}

export interface RoomSide {
	/** CPU of the servers per delivered line, in microseconds. */
	at(linesPerSecond: number, seen: Seen): Side;
	close(): void;
}

/** Every so many reads the ages; the others count. */
const readersPerSample = 10;

/** Says lines at a rate, all sockets in turn; how many it were. */
function talking(sockets: readonly LightSocket[]) {
	let said = 0;
	const say = async () => {
		said += 1;
		const params = { roomId: "1", clientId: `${process.pid}-${said}`, text: lineNow() };
		// All in turn: in production nobody may say more than two lines a second.
		const socket = sockets[said % sockets.length] as LightSocket;
		const [error] = await socket.request("call", "im.say", params);
		if (error) throw new Error(JSON.stringify(error));
	};
	return async (linesPerSecond: number, milliseconds: number): Promise<number> => {
		const started = performance.now();
		const answers: Promise<void>[] = [];
		while (performance.now() - started < milliseconds) {
			const due = ((performance.now() - started) * linesPerSecond) / 1_000;
			while (answers.length < due) answers.push(say());
			await sleep(1);
		}
		await Promise.all(answers);
		return answers.length;
	};
}

export async function roomSide(
	nodes: Nodes,
	people: readonly Person[],
	greeting: "connect" | "ready"
): Promise<RoomSide> {
	let delivered = 0;
	let ages: number[] = [];
	const sockets: LightSocket[] = [];
	for (const [index, { userId, token }] of people.entries()) {
		const isSample = index % readersPerSample === 0;
		const options = {
			url: nodes.urls[index % nodes.urls.length] as string,
			auth: { token, userId, deviceId: `bench-${userId}` },
			onMarked(payload: Buffer, markAt: number) {
				delivered += 1;
				if (isSample) ages.push(ageOf(payload, markAt));
			}
		};
		const socket = await LightSocket.open(options, greeting);
		const [error] = await socket.request("call", "im.enter", { roomId: "1" });
		if (error) throw new Error(JSON.stringify(error));
		sockets.push(socket);
	}
	const talk = talking(sockets);
	return {
		at: (linesPerSecond, seen) =>
			patient(async (milliseconds) => {
				const warmed = delivered;
				const warming = (await talk(linesPerSecond, 500)) * sockets.length;
				for (let waits = 0; delivered - warmed < warming && waits < 500; waits += 1)
					await sleep(10);
				delivered = 0;
				ages = [];
				const before = cpuOf(nodes.pids);
				const lines = await talk(linesPerSecond, milliseconds);
				const due = lines * sockets.length;
				// What is still on its way belongs to it.
				for (let waits = 0; delivered < due && waits < 500; waits += 1) await sleep(10);
				const burnt = cpuOf(nodes.pids) - before;
				mustBeAll(delivered, due);
				seen.ages.push(...ages);
				return burnt / delivered;
			}),
		close() {
			for (const socket of sockets) socket.close();
		}
	};
}

const triesMax = 3;

/** A machine that stood still meanwhile says nothing of the servers: the round is run again. */
export const patient =
	(side: Side): Side =>
	async (milliseconds) => {
		for (let attempt = 1; ; attempt += 1) {
			try {
				return await side(milliseconds);
			} catch (error) {
				if (!(error instanceof Incomplete) || attempt === triesMax) throw error;
			}
		}
	};

class Incomplete extends Error {}

/** A figure counts only if all came. */
export function mustBeAll(came: number, sent: number): void {
	if (came !== sent) throw new Incomplete(`${came} of ${sent} messages came.`);
}

export function percentile(figures: readonly number[], part: number): number {
	const sorted = figures.toSorted((left, right) => left - right);
	const figure = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
	return Number(figure.toFixed(1));
}
