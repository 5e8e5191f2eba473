/** The platform's HTTP API as any client sees it: nothing here knows its inside. */

/** An answer that is a refusal; `code` is of the table of errors. */
export class Refusal extends Error {
	readonly status: number;
	readonly code: string;
	constructor(status: number, code: string, message: string) {
		super(`${message} (${status} ${code})`);
		this.name = "Refusal";
		this.status = status;
		this.code = code;
	}
	/** Whether the same request may do later. */
	get passes(): boolean {
		return this.status >= 500 || this.status === 429 || this.status === 408;
	}
}

export interface SignedIn {
	readonly id: string;
	get<T>(path: string): Promise<T>;
	post<T>(path: string, body?: object): Promise<T>;
}

const requestMs = 10_000;

interface Asked {
	readonly method: "GET" | "POST";
	readonly path: string;
	readonly body?: object;
	readonly token?: string;
}

/** Throws `Refusal` for an answer that is one, and what `fetch` throws when there is none. */
async function ask<T>(base: string, { method, path, body, token }: Asked): Promise<T> {
	const answer = await fetch(`${base}/api${path}`, {
		method,
		headers: {
			...(body ? { "content-type": "application/json" } : {}),
			...(token ? { authorization: `Bearer ${token}` } : {})
		},
		...(body ? { body: JSON.stringify(body) } : {}),
		signal: AbortSignal.timeout(requestMs)
	});
	const text = await answer.text();
	if (answer.ok) return JSON.parse(text) as T;
	throw refusalOf(answer.status, text);
}

function refusalOf(status: number, text: string): Refusal {
	try {
		const { error } = JSON.parse(text) as { error: { code: string; message: string } };
		return new Refusal(status, error.code, error.message);
	} catch {
		return new Refusal(status, "UNREADABLE", "The answer is not from the platform.");
	}
}

interface Session {
	readonly accessToken: string;
	readonly user: { readonly id: string };
}

/** Signs in by name; the token is good for some minutes, so sign in again for later work. */
export async function signIn(base: string, username: string, password: string): Promise<SignedIn> {
	const body = { username, password, deviceName: "demo-stream" };
	const session = await ask<Session>(base, { method: "POST", path: "/auth/sessions", body });
	const token = session.accessToken;
	return {
		id: session.user.id,
		get: (path) => ask(base, { method: "GET", path, token }),
		post: (path, more = {}) => ask(base, { method: "POST", path, body: more, token })
	};
}
