/**
 * What leaves the process by logs and traces carries no secret and no personal data. Values are
 * hidden by the name they stand under at any depth, and text by the shape of what is in it.
 *
 * A list of paths (`*.password`) would miss what is nested deeper than its author thought of.
 */
import { limits } from "../limits.ts";

export const hidden = "[redacted]";

/** Parts of names, compared in lower case and without `-` and `_`. */
const secretParts = [
	"authorization",
	"cookie",
	"password",
	"passwd",
	"secret",
	"token",
	"phone",
	"email",
	"apikey",
	"privatekey",
	"masterkey",
	"streamkey",
	"signature"
];

/** Whole names. `actual` is what validators report of a refused value; `otp` is a one-time code. */
const secretNames = new Set(["otp", "actual", "parameters", "sms", "pin", "captcha"]);

/** A word of an error table (`NOT_FOUND`, `ER_DUP_ENTRY`) or an HTTP status. */
const isErrorCode = (value: unknown): boolean =>
	typeof value === "number" ? value < 600 : typeof value === "string" && /^[A-Z_]+$/.test(value);

/** Whether what stands under `name` must not be seen. `code` is an SMS code unless it says why. */
export function isSecret(name: string, value?: unknown): boolean {
	const plain = name.toLowerCase().replaceAll(/[-_]/g, "");
	if (plain === "code") return !isErrorCode(value);
	return secretNames.has(plain) || secretParts.some((part) => plain.includes(part));
}

const patterns: readonly (readonly [RegExp, string])[] = [
	[/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${hidden}`],
	[/\beyJ[\w-]{4,500}\.[\w-]{1,2000}(\.[\w-]*)?/g, hidden],
	[/(:\/\/[^\s:/@]*):[^\s@/]+@/g, `$1:${hidden}@`],
	[
		/\b((?:access_?|refresh_?)?token|code|password|secret|phone|sign(?:ature)?)=[^\s&;"']+/gi,
		`$1=${hidden}`
	],
	[/(?<!\d)\+[1-9]\d{6,14}\b/g, hidden],
	// The database quotes the value that broke a unique key: a username, a phone's hash.
	[/Duplicate entry '[^']*'/g, `Duplicate entry '${hidden}'`]
];

/** Text without tokens, passwords in URLs, phones; cut at `limits.logTextCharactersMax`. */
export function scrub(text: string, charactersMax: number = limits.logTextCharactersMax): string {
	let clean = text.length > charactersMax ? cut(text, charactersMax) : text;
	for (const [pattern, instead] of patterns) clean = clean.replace(pattern, instead);
	return clean;
}

/** Cuts between words: half a token or phone would no longer be known for one. */
function cut(text: string, charactersMax: number): string {
	const kept = text.slice(0, charactersMax);
	return `${kept.slice(0, Math.max(0, kept.lastIndexOf(" ")))} …`;
}

/** Counts values over a whole line, so that a huge or circular object cannot make a huge line. */
interface Budget {
	values: number;
}

/** A copy that is safe to show: bounded in depth, count and length, made of JSON types. */
export function redact(value: unknown): unknown {
	return copy(value, 0, { values: limits.logValuesPerLineMax });
}

function copy(value: unknown, depth: number, budget: Budget): unknown {
	budget.values -= 1;
	if (typeof value === "string") return scrub(value);
	if (typeof value === "bigint") return value.toString();
	if (typeof value !== "object" || value === null) {
		return typeof value === "function" || typeof value === "symbol" ? undefined : value;
	}
	if (value instanceof Error) return describe(value, depth, budget);
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
	if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
	if (depth >= limits.logDepthMax) return "[deeper]";
	if (Array.isArray(value)) return copyArray(value, depth, budget);
	const prototype = Object.getPrototypeOf(value);
	// Instances (contexts, sockets, clients) are worlds of their own: their class says enough.
	if (prototype !== Object.prototype && prototype !== null) {
		return `[${value.constructor?.name ?? "object"}]`;
	}
	return copyObject(value, depth, budget);
}

function copyArray(value: readonly unknown[], depth: number, budget: Budget): unknown[] {
	const items: unknown[] = [];
	for (const item of value) {
		if (budget.values <= 0) return [...items, "[more]"];
		items.push(copy(item, depth + 1, budget));
	}
	return items;
}

function copyObject(value: object, depth: number, budget: Budget): Record<string, unknown> {
	const result: Record<string, unknown> = Object.create(null);
	for (const [name, item] of Object.entries(value)) {
		if (budget.values <= 0) {
			result["[more]"] = true;
			return result;
		}
		result[name] = isSecret(name, item) ? hidden : copy(item, depth + 1, budget);
	}
	return result;
}

/** Only the fields named here: database errors carry the statement and its values beside them. */
function describe(error: Error, depth: number, budget: Budget): Record<string, unknown> {
	const { code, type, data, nodeID } = error as Error & Record<string, unknown>;
	const cause = error.cause ?? (error as { original?: unknown }).original;
	const described: Record<string, unknown> = { name: error.name, message: scrub(error.message) };
	if (type !== undefined && type !== null) described.type = copy(type, depth + 1, budget);
	if (code !== undefined && code !== null) described.code = isErrorCode(code) ? code : hidden;
	if (typeof nodeID === "string") described.nodeID = nodeID;
	if (data !== undefined && data !== null) described.data = copy(data, depth + 1, budget);
	if (cause !== undefined && cause !== null && depth < limits.logDepthMax) {
		described.cause = copy(cause, depth + 1, budget);
	}
	if (error.stack) described.stack = scrub(error.stack);
	return described;
}
