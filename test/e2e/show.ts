/** What the tests and benches of the whole platform share: hosts, and their rooms. */
import { randomBytes } from "node:crypto";
import type { PublishAddress } from "../harness/encoder.ts";
import { operatorName, signUp } from "../harness/people.ts";
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
	const [person, operator] = await Promise.all([signUp(edge), signUp(edge, "operator")]);
	await ask(edge, ["PUT", `/admin/users/${person.id}/tags/host`], operator.accessToken);
	const { accessToken } = person;
	let roomId = "";
	// The tag works everywhere within a second.
	await until(async () => {
		({ id: roomId } = await ask<RoomState>(edge, ["POST", "/rooms", { title }], accessToken));
		return true;
	});
	await ask(edge, ["POST", `/rooms/${roomId}/start`], accessToken);
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
