/** People who come to a room and keep doing things there, at a given rate over all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ActionKind, type Actor, acts, browse, choose } from "./actions.ts";
import { Dice } from "./dice.ts";
import { Person, Unanswered, Unwelcome } from "./person.ts";
import { RoomClient } from "./room-client.ts";
import type { Envelope, Step } from "./room-log.ts";
import { type Intent, playMoney, Scene, type Told } from "./scene.ts";
import { type Outage, Tally } from "./tally.ts";

export interface CrowdOptions {
	/** `http://host:port` of each edge; people are spread over them. */
	readonly urls: readonly string[];
	readonly roomId: string;
	readonly people: number;
	/** Over all of them; less while many wait for answers. */
	readonly actionsPerSecond: number;
	/** Of all that is left to chance, but not of who is answered first. */
	readonly seed?: number;
	/** Names are `<name>-1` and so on: who was there before signs in again. */
	readonly name?: string;
	/** Remembers what a reconciliation needs; that grows with time. */
	readonly isKept?: boolean;
}

export interface ClientReport {
	readonly userId: string;
	readonly username: string;
	/** What it was given of the room, in the order in which it came. */
	readonly steps: readonly Step[];
	/** Messages to this user alone, pushed or from the inbox, by id. */
	readonly letters: ReadonlyMap<string, Envelope>;
}

export interface CrowdReport {
	readonly clients: readonly ClientReport[];
	/** All that was to move money or goods, with its key and its final answer. */
	readonly intents: readonly Intent[];
	/** Messages to users that the platform said it has. */
	readonly told: readonly Told[];
	readonly outages: readonly Outage[];
}

export interface Crowd {
	readonly tally: Tally;
	/** What those who wait for an answer now are doing. */
	readonly doing: readonly ActionKind[];
	/**
	 * No new actions; what is unanswered is asked again, under its key, until it is answered, for at
	 * most `patienceMs` (60,000 unless told). Then everybody reads their inbox and leaves.
	 */
	stop(patienceMs?: number): Promise<CrowdReport>;
}

const registeringAtOnce = 4;
const settleMs = 10_000;
const patienceMsDefault = 60_000;
/** Not a secret: they are demo people, made where demo people are wanted. */
const password = "demo-crowd";

/** Back when everybody is in the room. Throws when the platform is not there, or refuses them. */
export async function startCrowd(options: CrowdOptions): Promise<Crowd> {
	const { urls, roomId, seed = Date.now(), isKept = false } = options;
	const dice = new Dice(seed);
	const scene = new Scene({ urls, roomId, dice, tally: new Tally(), isKept });
	scene.deadline = Date.now() + patienceMsDefault + options.people * 1_000;
	const people = await signAllIn(scene, options);
	await lookAround(scene, people[0] as Person);
	const ids = people.map(({ id }) => id);
	const actors: Actor[] = [];
	for (const person of people) {
		const client = new RoomClient(scene, person);
		const others = ids.filter((id) => id !== person.id);
		const addressId = await addressOf(person);
		actors.push({ scene, person, client, others, addressId, isPoor: await isPoor(person) });
		await client.open();
	}
	scene.deadline = Number.POSITIVE_INFINITY;
	return new Bustle(scene, actors, options.actionsPerSecond);
}

async function signAllIn(scene: Scene, { people, name = "crowd" }: CrowdOptions) {
	const all = Array.from({ length: people }, (_, index) => {
		const username = `${name}-${index + 1}`;
		return new Person(scene, { username, password, nickname: `Viewer ${index + 1}` }, index);
	});
	const waiting = [...all];
	const signIn = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) await next.signIn();
	};
	await Promise.all(Array.from({ length: registeringAtOnce }, signIn));
	return all;
}

async function lookAround(scene: Scene, person: Person): Promise<void> {
	const { offers } = scene;
	const read = async <T>(path: string): Promise<T> => {
		const seen = await person.ask<T>("browse", { method: "GET", path });
		if (seen.outcome === "refused") throw new Unwelcome(`GET ${path}: ${seen.code}`);
		return seen.result;
	};
	await read(`/rooms/${scene.roomId}`);
	const gifts = await read<{ items: { id: string }[] }>("/gifts");
	offers.giftIds = gifts.items.slice(0, 3).map(({ id }) => id);
	const sold = await read<{ items: { id: string }[]; providers: string[] }>("/recharge-packages");
	offers.packageId = sold.providers.includes(playMoney) ? sold.items.at(-1)?.id : undefined;
	await browse({ scene, person });
}

const address = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR" },
	...{ city: "Seoul", line1: "12 Sejong-daero", postalCode: "04524" }
};

/** The one that there is, or a new one. */
async function addressOf(person: Person): Promise<string> {
	const path = "/addresses";
	const known = await person.ask<{ items: { id: string }[] }>("browse", { method: "GET", path });
	const [first] = known.outcome === "done" ? known.result.items : [];
	if (first) return first.id;
	const made = await person.ask<{ id: string }>("browse", { method: "POST", path, body: address });
	if (made.outcome === "refused") throw new Unwelcome(`POST ${path}: ${made.code}`);
	return made.result.id;
}

async function isPoor(person: Person): Promise<boolean> {
	const wallet = { method: "GET", path: "/wallet" } as const;
	const seen = await person.ask<{ balance: number }>("browse", wallet);
	return seen.outcome === "done" && seen.result.balance === 0;
}

class Bustle implements Crowd {
	readonly #scene: Scene;
	readonly #actors: readonly Actor[];
	readonly #busy = new Map<Actor, { readonly kind: ActionKind; readonly done: Promise<void> }>();
	readonly #timer: NodeJS.Timeout;
	#report: Promise<CrowdReport> | undefined;
	#fault: unknown;

	constructor(scene: Scene, actors: readonly Actor[], actionsPerSecond: number) {
		this.#scene = scene;
		this.#actors = actors;
		this.#timer = setInterval(() => this.#next(), 1_000 / actionsPerSecond);
	}

	get tally(): Tally {
		return this.#scene.tally;
	}

	get doing(): readonly ActionKind[] {
		return [...this.#busy.values()].map(({ kind }) => kind);
	}

	stop(patienceMs = patienceMsDefault): Promise<CrowdReport> {
		this.#report ??= this.#end(patienceMs);
		return this.#report;
	}

	/** Somebody who has nothing to wait for does something. */
	#next(): void {
		const free = this.#actors.filter((actor) => !this.#busy.has(actor));
		const actor = this.#scene.dice.pick(free);
		if (!actor) return;
		const kind = choose(actor);
		const done = acts[kind](actor)
			.catch((error) => {
				// Whoever ran out of time is in the report, as unanswered.
				if (!(error instanceof Unanswered)) this.#fault ??= error;
			})
			.finally(() => this.#busy.delete(actor));
		this.#busy.set(actor, { kind, done });
	}

	async #end(patienceMs: number): Promise<CrowdReport> {
		clearInterval(this.#timer);
		this.#scene.deadline = Date.now() + patienceMs;
		await Promise.all([...this.#busy.values()].map(({ done }) => done));
		if (this.#scene.isKept) {
			await this.#settle();
			await Promise.allSettled(this.#actors.map(({ client }) => client.readInbox()));
		}
		for (const { client } of this.#actors) client.close();
		if (this.#fault !== undefined) throw this.#fault;
		const { intents, told, tally } = this.#scene;
		const clients = this.#actors.map(({ person, client }) => ({
			...{ userId: person.id, username: person.account.username },
			...{ steps: client.log.steps, letters: client.letters }
		}));
		return { clients, intents, told, outages: tally.outages };
	}

	/** Until all have come to the same place of the room's log, if they do. */
	async #settle(): Promise<void> {
		const deadline = Math.min(this.#scene.deadline, Date.now() + settleMs);
		const places = () =>
			new Set(
				this.#actors.map(({ client: { log } }) => `${log.place?.epoch}/${log.place?.offset}`)
			);
		const isSettled = () => places().size === 1 && this.#actors.every(({ client }) => client.isIn);
		while (!isSettled() && Date.now() < deadline) await sleep(50);
	}
}
