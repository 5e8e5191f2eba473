/** What the edge reads from a request before anything is called. Pure: no I/O, no clock. */
import type { IncomingMessage } from "node:http";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { ObjectSchema } from "../../lib/schemas.ts";

const requestIdPattern = new RegExp(`^[A-Za-z0-9._-]{8,${limits.requestIdCharactersMax}}$`);

/** A client's own request id, when it is one that may stand in a log line; else undefined. */
export function requestIdOf(request: IncomingMessage): string | undefined {
	const id = request.headers["x-request-id"];
	return typeof id === "string" && requestIdPattern.test(id) ? id : undefined;
}

/** The token of `Authorization: Bearer …`; undefined without the header. */
export function bearerOf(request: IncomingMessage): string | undefined {
	const header = request.headers.authorization;
	return header?.startsWith("Bearer ") ? header.slice("Bearer ".length).trim() : header;
}

export interface RequestParts {
	readonly body: unknown;
	readonly query: Readonly<Record<string, unknown>>;
	readonly path: Readonly<Record<string, string>>;
}

/**
 * One params object from body, query and path; the path wins. Keys are copied one by one onto an
 * object of our own: assigning a parsed `__proto__` would set a prototype, and through it pass
 * values by the validator.
 */
export function mergeParams(parts: RequestParts, schema: ObjectSchema): Record<string, unknown> {
	const { body } = parts;
	if (body !== undefined && (typeof body !== "object" || body === null || Array.isArray(body))) {
		throw commonErrors.BAD_REQUEST();
	}
	const params: Record<string, unknown> = {};
	const copy = (source: object, read: (key: string, value: unknown) => unknown) => {
		for (const [key, value] of Object.entries(source)) {
			if (key === "__proto__") defineOwn(params, key, value);
			else params[key] = read(key, value);
		}
	};
	const text = (key: string, value: unknown) => fromText(value, schema.properties[key]);
	copy(parts.query, text);
	copy((body as object | undefined) ?? {}, (_, value) => value);
	copy(parts.path, text);
	return params;
}

const defineOwn = (params: object, key: string, value: unknown) =>
	Object.defineProperty(params, key, {
		...{ value, enumerable: true },
		...{ writable: true, configurable: true }
	});

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The params of an action with `rawBody`. Text that would not be the same bytes is BAD_REQUEST. */
export function rawParams(
	request: IncomingMessage,
	{ bytes, signedBy }: { bytes: Buffer | undefined; signedBy: readonly string[] }
): { body: string; signature: string } {
	const signature = signedBy.map((name) => request.headers[name]).find(Boolean);
	if (!bytes || typeof signature !== "string") throw commonErrors.BAD_REQUEST();
	try {
		return { body: utf8.decode(bytes), signature };
	} catch {
		throw commonErrors.BAD_REQUEST();
	}
}

/** Query and path carry text; numbers and booleans are read where the contract expects them. */
function fromText(value: unknown, schema: object | undefined): unknown {
	if (typeof value !== "string" || !schema || !("type" in schema)) return value;
	if (schema.type === "integer" && /^-?\d{1,16}$/.test(value)) return Number(value);
	if (schema.type === "number" && /^-?\d{1,16}(\.\d{1,16})?$/.test(value)) return Number(value);
	if (schema.type === "boolean" && (value === "true" || value === "false")) {
		return value === "true";
	}
	return value;
}
