/** What the tests and benches of the whole platform share: hosts, and their rooms. */
import { randomBytes } from "node:crypto";
import type { Encoder, PublishAddress } from "../harness/encoder.ts";
import { operatorName, type Person, signUp } from "../harness/people.ts";
import { until } from "../harness/until.ts";

type Method = "GET" | "POST" | "PUT";

/** One request with somebody's token; throws what a refusal says. */
export async function ask<T>(
	edge: string,
	[method, path, body]: readonly [method: Method, path: string, body?: object],
	token?: string
): Promise<T> {
	const answer = await fetch(`${edge}/api${path}`, {
		method,
		headers: {
			...(method === "GET" ? {} : { "content-type": "application/json" }),
			...(token ? { authorization: `Bearer ${token}` } : {})
		},
		...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) })
	});
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as T;
}

export interface RoomState {
	readonly id: string;
	readonly status: "scheduled" | "live" | "paused" | "ended";
	readonly onAir: boolean;
}

/** Somebody who may go live; on every node within a second. */
export async function newHost(edge: string): Promise<Person> {
	const [person, operator] = await Promise.all([signUp(edge), signUp(edge, "operator")]);
	await ask(edge, ["PUT", `/admin/users/${person.id}/tags/host`], operator.accessToken);
	return person;
}

/** A new host makes a room and starts it. */
export async function startRoom(
	edge: string,
	title: string
): Promise<{ readonly host: Person; readonly roomId: string }> {
	const host = await newHost(edge);
	let roomId = "";
	await until(async () => {
		const room = ["POST", "/rooms", { title }] as const;
		({ id: roomId } = await ask<RoomState>(edge, room, host.accessToken));
		return true;
	}, 30_000);
	await ask(edge, ["POST", `/rooms/${roomId}/start`], host.accessToken);
	return { host, roomId };
}

/** A host with a room that waits for an encoder. */
export interface Show {
	readonly roomId: string;
	state(): Promise<RoomState>;
	/** A new publish address; the one before it is dead. */
	newKey(): Promise<PublishAddress>;
	/** How often an encoder was let in, as viewers' pages are told. */
	generation(): Promise<number>;
	sources(): Promise<readonly unknown[]>;
	until(what: Partial<RoomState>, timeoutMs?: number): Promise<void>;
}

/** A new host makes a room and starts it. */
export async function openShow(edge: string, title: string): Promise<Show> {
	const { host, roomId } = await startRoom(edge, title);
	const { accessToken } = host;
	const state = () => ask<RoomState>(edge, ["GET", `/rooms/${roomId}`]);
	const viewerId = randomBytes(8).toString("hex");
	return {
		roomId,
		state,
		newKey: () => ask(edge, ["POST", `/rooms/${roomId}/stream-key`], accessToken),
		async generation() {
			const path = `/rooms/${roomId}/views`;
			return (await ask<{ generation: number }>(edge, ["POST", path, { viewerId }])).generation;
		},
		async sources() {
			const path = `/rooms/${roomId}/playback`;
			return (await ask<{ sources: unknown[] }>(edge, ["GET", path])).sources;
		},
		async until(what, timeoutMs = 30_000) {
			await until(async () => {
				const now = await state();
				const fits = Object.entries(what).every(([key, value]) => Reflect.get(now, key) === value);
				if (!fits) throw new Error(`The room is ${now.status}, on air: ${now.onAir}.`);
				return true;
			}, timeoutMs);
		}
	};
}

/** Comes back as encoders do, again and again: a node that is short of breath is slow to answer. */
export async function untilLetIn(
	push: () => Encoder,
	state: () => Promise<RoomState>,
	timeoutMs = 60_000
): Promise<void> {
	let encoder = push();
	const tries: string[] = [];
	await until(async () => {
		if ((await state()).onAir) return true;
		if (!encoder.running) {
			tries.push(encoder.log());
			encoder = push();
		}
		throw new Error(`The encoder is not let in; it was told: ${tries.join("; ")}.`);
	}, timeoutMs);
}

/** An operator changes how long a paused room waits for its encoder. */
export async function setGrace(edge: string, seconds: number): Promise<void> {
	const { accessToken } = await signUp(edge, "operator");
	const name = "rooms.graceSeconds";
	interface Setting {
		readonly name: string;
		readonly current: { readonly version: number };
	}
	const { items } = await ask<{ items: Setting[] }>(edge, ["GET", "/admin/settings"], accessToken);
	const version = items.find((item) => item.name === name)?.current.version ?? 0;
	const change = { value: seconds, version, reason: `asked for by ${operatorName}` };
	await ask(edge, ["PUT", `/admin/settings/${name}`, change], accessToken);
}
