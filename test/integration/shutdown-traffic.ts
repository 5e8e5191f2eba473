/**
 * Requests without a pause on kept connections: reads, and writes whose last answered value is
 * remembered. It tells a request that was turned away from one that was cut off.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import type { Person } from "../harness/people.ts";

const retryMs = 50;

export class HttpTraffic {
	/** Answers by status. */
	readonly answers: Record<number, number> = {};
	/** Sent on a connection that was open, and never answered. */
	readonly cutOff: string[] = [];
	/** No connection was made: nobody has seen the request. */
	refused = 0;
	inFlight = 0;
	/** The nickname that each person was last told is theirs, and those asked for since. */
	readonly nicknames = new Map<Person, { told: string; asked: string[] }>();
	readonly #agent = new Agent({ keepAlive: true });
	#flowing = true;
	readonly #loops: Promise<void>[];

	constructor(edges: readonly string[], people: readonly Person[]) {
		this.#loops = people.flatMap((person, number) => {
			const edge = edges[number % edges.length] ?? "";
			return [this.#write(edge, person), this.#read(edge, person)];
		});
	}

	get answered(): number {
		return Object.values(this.answers).reduce((sum, count) => sum + count, 0);
	}

	async stop(): Promise<void> {
		this.#flowing = false;
		await Promise.all(this.#loops);
		this.#agent.destroy();
	}

	/** Who is not called what was answered last, nor anything asked for since. */
	async lost(edge: string): Promise<string[]> {
		const lost: string[] = [];
		for (const [{ id }, { told, asked }] of this.nicknames) {
			const answer = await fetch(`${edge}/api/users?ids=${id}`);
			const { items } = (await answer.json()) as { items: { nickname: string }[] };
			const found = items[0]?.nickname ?? "";
			if (found !== told && !asked.includes(found)) lost.push(`${found} instead of ${told}`);
		}
		return lost;
	}

	async #read(edge: string, person: Person): Promise<void> {
		while (this.#flowing) await this.#send(`${edge}/api/users?ids=${person.id}`, person);
	}

	async #write(edge: string, person: Person): Promise<void> {
		for (let number = 1; this.#flowing; number += 1) {
			const { told, asked } = this.nicknames.get(person) ?? { told: "", asked: [] };
			const nickname = `name ${number}`;
			this.nicknames.set(person, { told, asked: [...asked, nickname] });
			const status = await this.#send(`${edge}/api/users/me`, person, { nickname });
			if (status === 200) this.nicknames.set(person, { told: nickname, asked: [] });
		}
	}

	/** The status, or undefined where there was no answer. */
	#send(url: string, person: Person, body?: object): Promise<number | undefined> {
		const headers = {
			authorization: `Bearer ${person.accessToken}`,
			...(body ? { "content-type": "application/json" } : {})
		};
		this.inFlight += 1;
		return new Promise<number | undefined>((resolve) => {
			const method = body ? "PATCH" : "GET";
			const sent = request(url, { agent: this.#agent, method, headers });
			const cut = (error: NodeJS.ErrnoException) => {
				this.cutOff.push(`${method} ${error.code}`);
				resolve(undefined);
			};
			sent.on("error", (error: NodeJS.ErrnoException) => {
				// A new connection may still wait in the system's queue when the listener closes.
				if (error.code !== "ECONNREFUSED" && sent.reusedSocket) return cut(error);
				this.refused += 1;
				setTimeout(() => resolve(undefined), retryMs);
			});
			sent.on("response", (response: IncomingMessage) => {
				const { statusCode = 0 } = response;
				response.on("error", cut);
				response.on("end", () => {
					this.answers[statusCode] = (this.answers[statusCode] ?? 0) + 1;
					resolve(statusCode);
				});
				response.resume();
			});
			sent.end(body && JSON.stringify(body));
		}).finally(() => {
			this.inFlight -= 1;
		});
	}
}
