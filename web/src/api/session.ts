/**
 * Who is signed in. The access token lives in memory only. The refresh token lies in the storage
 * that all tabs share, and works once: so it is traded by one tab at a time (`exclusively`), which
 * first reads what another tab may have left, and within a tab by one flight that all callers join.
 */
import { ApiError } from "./http.ts";

export interface Tokens {
	readonly accessToken: string;
	readonly refreshToken: string;
	/** Seconds until the access token ends. */
	readonly expiresIn: number;
	readonly user: { readonly id: string };
}

export interface SessionParts {
	readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
	/** Runs `work` in no other tab at the same time. */
	readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
	readonly refresh: (refreshToken: string) => Promise<Tokens>;
	/** Milliseconds. */
	readonly now: () => number;
}

interface Stored {
	readonly userId: string;
	readonly refreshToken: string;
}

export const storageKey = "session";

/** A token that is about to end would end on its way. */
const marginMilliseconds = 30_000;

export class Session {
	readonly #parts: SessionParts;
	readonly #listeners = new Set<() => void>();
	#access: { token: string; goodUntil: number } | undefined;
	#flight: Promise<string | undefined> | undefined;
	#userId: string | undefined;

	constructor(parts: SessionParts) {
		this.#parts = parts;
		this.#userId = this.#stored()?.userId;
	}

	/** The signed-in user's id; undefined for guests. */
	readonly userId = (): string | undefined => this.#userId;

	/** Calls back whenever `userId` changes. */
	readonly subscribe = (listener: () => void): (() => void) => {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	};

	begin(tokens: Tokens): void {
		const { refreshToken, user } = tokens;
		this.#parts.storage.setItem(storageKey, JSON.stringify({ userId: user.id, refreshToken }));
		this.#keep(tokens);
		this.#become(user.id);
	}

	end(): void {
		this.#parts.storage.removeItem(storageKey);
		this.#access = undefined;
		this.#become(undefined);
	}

	/** Another tab wrote the storage. A new token of the same user concerns nobody here. */
	readonly storageChanged = (): void => {
		const userId = this.#stored()?.userId;
		if (userId === this.#userId) return;
		this.#access = undefined;
		this.#become(userId);
	};

	/**
	 * A good access token; undefined for guests.
	 * @param refused a token that the platform refused just now, so that it is not given again
	 * @throws ApiError when there is a session but no answer to the refresh
	 */
	async token(refused?: string): Promise<string | undefined> {
		const access = this.#access;
		if (access && access.token !== refused && access.goodUntil > this.#parts.now()) {
			return access.token;
		}
		if (!this.#stored()) return undefined;
		this.#flight ??= this.#parts
			.exclusively(() => this.#refresh())
			.finally(() => {
				this.#flight = undefined;
			});
		return this.#flight;
	}

	async #refresh(): Promise<string | undefined> {
		const stored = this.#stored();
		if (!stored) return undefined;
		try {
			const tokens = await this.#parts.refresh(stored.refreshToken);
			// Signed out, or in as somebody else, while the answer was on its way.
			if (this.#stored()?.refreshToken !== stored.refreshToken) return this.#access?.token;
			this.begin(tokens);
			return tokens.accessToken;
		} catch (error) {
			const over = error instanceof ApiError && error.status >= 400 && error.status < 429;
			if (!over) throw error;
			if (this.#stored()?.refreshToken === stored.refreshToken) this.end();
			return undefined;
		}
	}

	#keep({ accessToken, expiresIn }: Tokens): void {
		const goodUntil = this.#parts.now() + expiresIn * 1_000 - marginMilliseconds;
		this.#access = { token: accessToken, goodUntil };
	}

	#stored(): Stored | undefined {
		try {
			const text = this.#parts.storage.getItem(storageKey);
			return text === null ? undefined : (JSON.parse(text) as Stored);
		} catch {
			return undefined;
		}
	}

	#become(userId: string | undefined): void {
		if (userId === this.#userId) return;
		this.#userId = userId;
		for (const listener of this.#listeners) listener();
	}
}
