/**
 * Errors are rows of a table, not classes: a custom class arrives from another node as a bare
 * `Error`, a `MoleculerClientError` arrives whole. Tell errors apart by `type`.
 */
import { Errors } from "moleculer";

/** `CODE: [HTTP status, sentence for people]`. */
export type ErrorTable = Readonly<Record<string, readonly [status: number, message: string]>>;

/** Makes the error; `data` is for machines and reaches the client, so nothing secret goes in. */
export type ErrorFactory = (data?: Record<string, unknown>) => Errors.MoleculerClientError;

export type ErrorFactories<T extends ErrorTable> = { readonly [K in keyof T]: ErrorFactory } & {
	/** The table itself, for OpenAPI and translations. */
	readonly table: T;
};

/** Turns a table into functions: `throw walletErrors.INSUFFICIENT_BALANCE({ need, have })`. */
export function errors<const T extends ErrorTable>(table: T): ErrorFactories<T> {
	const factories: Record<string, unknown> = { table };
	for (const [code, [status, message]] of Object.entries(table)) {
		factories[code] = (data?: Record<string, unknown>) =>
			new Errors.MoleculerClientError(message, status, code, data);
	}
	return factories as ErrorFactories<T>;
}

/** Errors that any service may answer. */
export const commonErrors = errors({
	BAD_REQUEST: [400, "The request is malformed."],
	IDEMPOTENCY_KEY_REQUIRED: [400, "The Idempotency-Key header is missing or malformed."],
	UNAUTHENTICATED: [401, "Sign in first."],
	FORBIDDEN: [403, "You may not do this."],
	NOT_FOUND: [404, "There is no such thing."],
	CONFLICT: [409, "This contradicts the present state."],
	IDEMPOTENCY_CONFLICT: [409, "This key was used with another request."],
	PAYLOAD_TOO_LARGE: [413, "The request is too large."],
	VALIDATION_FAILED: [422, "Some parameters are not valid."],
	RATE_LIMITED: [429, "Too many requests."],
	INTERNAL: [500, "Something went wrong on our side."],
	BUSY: [503, "Busy now, try again shortly."],
	UNAVAILABLE: [503, "This part is not available now."],
	TIMEOUT: [504, "The answer took too long."]
});

/** `type` of anything thrown, or undefined where it has none. */
export const errorType = (error: unknown): string | undefined =>
	typeof error === "object" && error !== null && "type" in error && typeof error.type === "string"
		? error.type
		: undefined;

/** Whether `error` is that row of a table, also when it comes from another node. */
export const isError = (error: unknown, code: string): boolean => errorType(error) === code;
