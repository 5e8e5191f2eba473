/** One request and its answer. All that goes wrong leaves as an `ApiError` with a code. */

export class ApiError extends Error {
	/** A row of the platform's error tables, or `OFFLINE` when no answer came. */
	readonly code: string;
	/** HTTP status; 0 when no answer came. */
	readonly status: number;
	/** What a program wants to know of it, such as `retryAfterMs`. */
	readonly data: Readonly<Record<string, unknown>>;

	constructor(code: string, status: number, message: string = code, data: object = {}) {
		super(message);
		this.name = "ApiError";
		this.code = code;
		this.status = status;
		this.data = { ...data };
	}
}

export interface HttpRequest {
	readonly method: string;
	readonly path: string;
	/** Sent as JSON; a form goes as it is. */
	readonly body?: unknown;
	readonly token?: string | undefined;
	/** Names the intent: the same one again is done once. */
	readonly key?: string | undefined;
}

export type Send = (request: HttpRequest) => Promise<unknown>;

/** Longer than the platform itself waits, so that its own answer comes first. */
const requestMillisecondsMax = 35_000;

export const sendWith =
	(fetcher: typeof fetch): Send =>
	async ({ method, path, body, token, key }) => {
		const isForm = body instanceof FormData;
		const headers = new Headers();
		if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
		if (key !== undefined) headers.set("Idempotency-Key", key);
		if (body !== undefined && !isForm) headers.set("Content-Type", "application/json");
		let response: Response;
		try {
			response = await fetcher(path, {
				method,
				headers,
				body: isForm ? body : body === undefined ? null : JSON.stringify(body),
				signal: AbortSignal.timeout(requestMillisecondsMax)
			});
		} catch {
			throw new ApiError("OFFLINE", 0);
		}
		const answer: unknown = await response.json().catch(() => undefined);
		if (!response.ok) throw errorOf(response.status, answer);
		// Cut off on its way: whether it was done is as unknown as without an answer.
		if (answer === undefined && response.status !== 204) throw new ApiError("OFFLINE", 0);
		return answer;
	};

/** A proxy in between may answer without our form. */
function errorOf(status: number, answer: unknown): ApiError {
	const { error } = (answer ?? {}) as {
		error?: { code?: string; message?: string; data?: object };
	};
	return new ApiError(
		error?.code ?? (status >= 500 ? "UNAVAILABLE" : "INTERNAL"),
		status,
		error?.message,
		error?.data
	);
}
