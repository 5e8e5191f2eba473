/** Every error leaves in one form, `{ error: { code, message, data?, requestId } }` (G17). */
import { errors } from "../../lib/errors.ts";
import { publicError } from "../../lib/public-error.ts";
import { identityErrors } from "../../mixins/identities/identities.errors.ts";

export const gatewayErrors = errors({
	...identityErrors.table,
	UPLOAD_TOO_SLOW: [408, "The file took too long to arrive."],
	ORIGIN_NOT_ALLOWED: [403, "Pages of this origin may not call the API."]
});

export interface ErrorAnswer {
	readonly status: number;
	readonly retryAfterSeconds: number | undefined;
	readonly body: {
		readonly error: {
			readonly code: string;
			readonly message: string;
			readonly data?: unknown;
			readonly requestId: string;
		};
	};
}

export function errorAnswer(thrown: unknown, requestId: string): ErrorAnswer {
	const { status, ...error } = publicError(thrown);
	const { retryAfterMs = 1_000 } = (error.data ?? {}) as { retryAfterMs?: number };
	const retriable = status === 429 || status === 503;
	return {
		status,
		retryAfterSeconds: retriable ? Math.ceil(retryAfterMs / 1_000) : undefined,
		body: { error: { ...error, requestId } }
	};
}
