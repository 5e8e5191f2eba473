/**
 * Somebody with an account: signs in, asks the platform, and asks again, on another edge if need
 * be, until there is an answer.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, noAnswer, type Request, send } from "./http.ts";
import type { Intent, Scene, Settled } from "./scene.ts";
import type { Kind } from "./tally.ts";

export interface Account {
	readonly username: string;
	readonly password: string;
	readonly nickname: string;
}

interface Session {
	readonly accessToken: string;
	readonly refreshToken: string;
	/** Seconds. */
	readonly expiresIn: number;
	readonly user: { readonly id: string };
}

/** The platform refuses what a crowd cannot do without; the message says what. */
export class Unwelcome extends Error {}

/** A token is renewed so long before it ends. */
const renewBeforeMs = 60_000;
const backoffMsMin = 100;
const backoffMsMax = 1_500;
/** The platform does not know this session any more. */
const signedOut: ReadonlySet<string> = new Set([
	...["UNAUTHENTICATED", "TOKEN_EXPIRED", "INVALID_TOKEN", "SESSION_ENDED"]
]);

export class Person {
	readonly account: Account;
	readonly #scene: Scene;
	#edge: number;
	#session: Session | undefined;
	#tokenEndsAt = 0;

	constructor(scene: Scene, account: Account, edge: number) {
		this.#scene = scene;
		this.account = account;
		this.#edge = edge;
	}

	/** Empty before the first sign-in. */
	get id(): string {
		return this.#session?.user.id ?? "";
	}

	get token(): string {
		return this.#session?.accessToken ?? "";
	}

	/** Where this person comes in now. */
	get url(): string {
		const { urls } = this.#scene;
		return urls[this.#edge % urls.length] as string;
	}

	moveOn(): void {
		this.#edge += 1;
	}

	/** Signs in, and registers where the name is new. Throws `Unwelcome`. */
	async signIn(): Promise<void> {
		const { username, password, nickname } = this.account;
		const words = { username, password };
		const known = await this.#begin({ path: "/auth/sessions", body: words });
		if (known.outcome !== "refused") return;
		const body = { ...words, nickname };
		const made = await this.#begin({ path: "/auth/register", body });
		// The answer of a registration may have been lost.
		if (made.outcome === "refused" && made.code === "USERNAME_TAKEN") {
			const again = await this.#begin({ path: "/auth/sessions", body: words });
			if (again.outcome !== "refused") return;
			throw new Unwelcome(`${username} is somebody else here: choose another --name.`);
		}
		if (made.outcome === "refused") throw new Unwelcome(`${username}: ${made.code}`);
	}

	/** New tokens for the ones of now. */
	async renew(): Promise<void> {
		const refreshToken = this.#session?.refreshToken;
		const renewed = await this.#begin({ path: "/auth/refresh", body: { refreshToken } });
		if (renewed.outcome === "refused") await this.signIn();
	}

	/** Renews the token where it is about to end. */
	async keepSignedIn(): Promise<void> {
		if (Date.now() > this.#tokenEndsAt - renewBeforeMs) await this.renew();
	}

	/** Asks until there is an answer. Throws `Unanswered`. */
	ask<T>(kind: Kind, request: Request): Promise<Settled<T>> {
		return this.insist<T>(kind, () => this.#send<T>(request));
	}

	/** The same for what moves money or goods: noted, and under one key however often it is sent. */
	async intend<T>(kind: Kind, path: string, body: object): Promise<Settled<T>> {
		const request = { method: "POST", path, body, key: randomUUID() } as const;
		const intent: Intent = {
			...{ kind, personId: this.id, request, startedAt: Date.now(), tries: 0 }
		};
		if (this.#scene.isKept) this.#scene.intents.push(intent);
		const answer = await this.insist<T>(kind, () => {
			intent.tries += 1;
			return this.#send<T>(request);
		});
		intent.answer = answer;
		return answer;
	}

	/** Tries until there is a final answer, and notes how each try went. Throws `Unanswered`. */
	async insist<T>(kind: Kind, attempt: () => Promise<Answer<T>>): Promise<Settled<T>> {
		const { tally, dice } = this.#scene;
		let lost = 0;
		while (Date.now() < this.#scene.deadline) {
			const startedAt = Date.now();
			const answer = await attempt();
			const { outcome } = answer;
			const code = outcome === "done" ? {} : { code: answer.code };
			const who = this.account.username;
			tally.note({ kind, who, startedAt, endedAt: Date.now(), outcome, ...code });
			if (outcome === "done" || outcome === "refused") return answer;
			if (outcome === "limited") await this.#pause(answer.retryAfterMs);
			else {
				if (answer.code === noAnswer) this.moveOn();
				lost += 1;
				const longest = Math.min(backoffMsMax, backoffMsMin * 2 ** lost);
				await this.#pause(longest * (0.5 + dice.next() / 2));
			}
		}
		throw new Unanswered();
	}

	async #send<T>(request: Request): Promise<Answer<T>> {
		await this.keepSignedIn();
		const answer = await send<T>(`${this.url}/api`, request, this.token);
		if (answer.outcome !== "refused" || !signedOut.has(answer.code)) return answer;
		this.#tokenEndsAt = 0;
		return { outcome: "lost", code: answer.code };
	}

	async #begin(request: Omit<Request, "method">): Promise<Settled<Session>> {
		const answer = await this.insist<Session>("sign-in", () =>
			send(`${this.url}/api`, { method: "POST", ...request })
		);
		if (answer.outcome === "done") {
			this.#session = answer.result;
			this.#tokenEndsAt = Date.now() + answer.result.expiresIn * 1_000;
		}
		return answer;
	}

	#pause(ms: number): Promise<void> {
		return sleep(Math.max(0, Math.min(ms, this.#scene.deadline - Date.now())));
	}
}

/** There was no answer in the time that was left. */
export class Unanswered extends Error {}
