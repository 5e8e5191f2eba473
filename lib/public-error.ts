/**
 * What of an error a client may see. What is not an error of our tables is named by a neutral row
 * of `commonErrors`: no stack, no SQL, no node id and no text of a library leaves the platform.
 */
import { commonErrors, type ErrorFactory } from "./errors.ts";

export interface PublicError {
	/** As an HTTP status. */
	readonly status: number;
	readonly code: string;
	readonly message: string;
	readonly data?: unknown;
}

/** What the broker and moleculer-web throw, by their `type`, or `name` without one. */
const translations: Readonly<Record<string, ErrorFactory>> = {
	VALIDATION_ERROR: commonErrors.VALIDATION_FAILED,
	SERVICE_NOT_FOUND: commonErrors.UNAVAILABLE,
	SERVICE_NOT_AVAILABLE: commonErrors.UNAVAILABLE,
	// The node was lost with the call: as after a timeout, nobody knows whether it ran.
	REQUEST_REJECTED: commonErrors.TIMEOUT,
	REQUEST_SKIPPED: commonErrors.TIMEOUT,
	REQUEST_TIMEOUT: commonErrors.TIMEOUT,
	// moleculer-web gives this one no type.
	ServiceUnavailableError: commonErrors.UNAVAILABLE,
	QUEUE_FULL: commonErrors.BUSY,
	NOT_FOUND: commonErrors.NOT_FOUND,
	UNABLE_DECODE_PARAM: commonErrors.BAD_REQUEST
};

/** Loosely: an error may come from any library, or from another node as a bare object. */
interface Thrown {
	readonly name?: unknown;
	readonly message?: unknown;
	readonly code?: unknown;
	readonly type?: unknown;
	readonly data?: unknown;
}

/** The error as clients get it, whatever was thrown. */
export function publicError(thrown: unknown): PublicError {
	const { code, type, message, data } = known((thrown ?? {}) as Thrown);
	return { status: code, code: type, message, ...(data === undefined ? {} : { data }) };
}

function known(error: Thrown) {
	const type = String(error.type ?? error.name ?? "");
	if (error.name === "MoleculerClientError" && typeof error.code === "number") {
		return { code: error.code, type, message: String(error.message), data: error.data };
	}
	if (type === "VALIDATION_ERROR") return commonErrors.VALIDATION_FAILED(faults(error.data));
	return (
		(Object.hasOwn(translations, type) ? translations[type] : undefined)?.() ??
		commonErrors.INTERNAL()
	);
}

/** Moleculer adds the node and the action to each fault; clients get the field and the reason. */
function faults(data: unknown): { fields: { field: string; message: string }[] } {
	const list = Array.isArray(data) ? data : [];
	return { fields: list.map(({ field, message }) => ({ field, message })) };
}
