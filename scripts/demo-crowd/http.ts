/** The platform over HTTP as any client sees it. Here an answer is a value, whatever it says. */

export type Answer<T> =
	| { readonly outcome: "done"; readonly result: T }
	/** A definite no. */
	| { readonly outcome: "refused"; readonly code: string }
	/** A no for so long. */
	| { readonly outcome: "limited"; readonly code: string; readonly retryAfterMs: number }
	/** Nobody knows whether it was done: the same again, under the same key, is safe. */
	| { readonly outcome: "lost"; readonly code: string };

export interface Request {
	readonly method: "GET" | "POST";
	readonly path: string;
	readonly body?: object;
	/** Names the intent: sent again with the same key it counts once. */
	readonly key?: string;
}

/** The code of a request that nobody answered. */
export const noAnswer = "NO_ANSWER";

/** A little longer than the platform lets a call take. */
const patienceMs = 7_000;
const retryAfterMsDefault = 1_000;

/** `base` stands before the path: `http://host:port/api`. */
export async function send<T>(base: string, request: Request, token?: string): Promise<Answer<T>> {
	const { method, path, body, key } = request;
	try {
		const response = await fetch(`${base}${path}`, {
			method,
			headers: {
				...(method === "GET" ? {} : { "content-type": "application/json" }),
				...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
				...(key === undefined ? {} : { "idempotency-key": key })
			},
			...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
			signal: AbortSignal.timeout(patienceMs)
		});
		const text = await response.text();
		if (response.ok) return { outcome: "done", result: JSON.parse(text) as T };
		return refusalOf<T>(response, text);
	} catch {
		// Refused, broken off, too late, or cut short: whoever asked does not know.
		return { outcome: "lost", code: noAnswer };
	}
}

interface ErrorBody {
	readonly error?: {
		readonly code?: string;
		readonly data?: { readonly retryAfterMs?: number };
	};
}

function refusalOf<T>({ status, headers }: Response, text: string): Answer<T> {
	const { code, data } = errorOf(text);
	const word = code ?? `HTTP_${status}`;
	if (status === 429) {
		const seconds = Number(headers.get("retry-after"));
		const retryAfterMs = data?.retryAfterMs ?? (seconds * 1_000 || retryAfterMsDefault);
		return { outcome: "limited", code: word, retryAfterMs };
	}
	return { outcome: status >= 500 || status === 408 ? "lost" : "refused", code: word };
}

function errorOf(text: string): NonNullable<ErrorBody["error"]> {
	try {
		return (JSON.parse(text) as ErrorBody).error ?? {};
	} catch {
		return {};
	}
}
