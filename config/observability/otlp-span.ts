/**
 * Moleculer spans as OTLP/HTTP JSON: ids in hex, 64-bit numbers as strings
 * (https://opentelemetry.io/docs/specs/otlp). Pure: no clock, no network.
 */
import { createHash } from "node:crypto";
import type { Span } from "moleculer";
import { limits } from "../limits.ts";
import { hidden, isSecret, scrub } from "./redact.ts";

type Value =
	| { stringValue: string }
	| { boolValue: boolean }
	| { intValue: string }
	| { doubleValue: number }
	| { arrayValue: { values: Value[] } };

interface Attribute {
	readonly key: string;
	readonly value: Value;
}

export interface OtlpSpan {
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId?: string;
	readonly name: string;
	readonly kind: number;
	readonly startTimeUnixNano: string;
	readonly endTimeUnixNano: string;
	readonly attributes: Attribute[];
	readonly status: { readonly code?: number; readonly message?: string };
}

/** What is the same for all spans of a process. */
export interface Process {
	readonly version: string;
	readonly nodeId: string;
	readonly host: string;
	/** Named as service where a span belongs to none. */
	readonly role: string;
}

/**
 * The id in `digits` hex digits, the same on every node. Moleculer's UUIDs lose their dashes and
 * are cut; ids of another form (a client's X-Request-ID) are hashed.
 */
export function hexId(id: string, digits: 16 | 32): string {
	const plain = id.replaceAll("-", "").toLowerCase();
	const own = /^[0-9a-f]+$/.test(plain) && plain.length >= digits ? plain.slice(0, digits) : "";
	// All zeros mean "no id" to a collector.
	if (own !== "" && !/^0+$/.test(own)) return own;
	return createHash("sha256").update(id).digest("hex").slice(0, digits);
}

/** Nanoseconds since 1970 as a decimal string; floats hold microseconds of today, no finer. */
const nanoseconds = (milliseconds: number): string =>
	(BigInt(Math.round(milliseconds * 1000)) * 1000n).toString();

/** Params and answers never leave, whatever an action's own `tracing.tags` asks for. */
const withheld = new Set(["params", "meta", "response", "headers", "stack", "data"]);

function typedValue(value: unknown): Value | undefined {
	if (typeof value === "string") {
		return { stringValue: scrub(value, limits.traceAttributeCharactersMax) };
	}
	if (typeof value === "boolean") return { boolValue: value };
	if (typeof value === "bigint") return { stringValue: value.toString() };
	if (typeof value === "number") {
		if (!Number.isFinite(value)) return { stringValue: String(value) };
		return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
	}
	if (!Array.isArray(value)) return undefined;
	const values = value.slice(0, limits.pageItemsMax).map(typedValue);
	return { arrayValue: { values: values.filter((item) => item !== undefined) } };
}

/** Flattens `{ action: { name } }` to `action.name`; what has no plain value is left out. */
function attributes(tags: object, path = "", depth = 0): Attribute[] {
	const list: Attribute[] = [];
	for (const [name, tag] of Object.entries(tags)) {
		if (withheld.has(name)) continue;
		const key = path === "" ? name : `${path}.${name}`;
		if (isSecret(name, tag)) {
			list.push({ key, value: { stringValue: hidden } });
			continue;
		}
		const value = typedValue(tag);
		if (value) list.push({ key, value });
		else if (typeof tag === "object" && tag !== null && depth < limits.logDepthMax) {
			list.push(...attributes(tag, key, depth + 1));
		}
	}
	return list;
}

/** An answer of an error table is not a fault; its type is told, the status stays unset. */
function failure(span: Span): { status: OtlpSpan["status"]; attributes: Attribute[] } {
	if (!span.error) return { status: {}, attributes: [] };
	const error = (span.error === true ? {} : span.error) as Record<string, unknown>;
	// Never its message: a database quotes the values of the statement in it.
	const type = String(error.type ?? error.name ?? "Error");
	const expected = typeof error.code === "number" && error.code < 500;
	return {
		status: expected ? {} : { code: 2, message: type },
		attributes: attributes({ "error.type": type, "error.status": error.code })
	};
}

function kindOf(span: Span): number {
	if (span.type === "event" || span.type === "channel") return 5;
	if (span.type === "action") return span.tags.remoteCall === true ? 2 : 1;
	return 1;
}

export function otlpSpan(span: Span): OtlpSpan {
	const start = span.startTime ?? 0;
	const failed = failure(span);
	return {
		traceId: hexId(span.traceID, 32),
		spanId: hexId(span.id, 16),
		...(span.parentID ? { parentSpanId: hexId(span.parentID, 16) } : {}),
		name: scrub(span.name, limits.traceAttributeCharactersMax),
		kind: kindOf(span),
		startTimeUnixNano: nanoseconds(start),
		endTimeUnixNano: nanoseconds(span.finishTime ?? start),
		attributes: [
			{ key: "span.type", value: { stringValue: span.type } },
			...attributes(span.tags),
			...failed.attributes
		],
		status: failed.status
	};
}

/** One resource per Moleculer service, so that a trace view shows `users → ids` and not one box. */
export function exportRequest(spans: readonly Span[], process: Process): object {
	const byService = new Map<string, OtlpSpan[]>();
	for (const span of spans) {
		const service = span.service?.name ?? process.role;
		const own = byService.get(service);
		if (own) own.push(otlpSpan(span));
		else byService.set(service, [otlpSpan(span)]);
	}
	return {
		resourceSpans: [...byService].map(([service, own]) => ({
			resource: {
				attributes: attributes({
					"service.name": service,
					"service.namespace": "live-commerce",
					"service.version": process.version,
					"service.instance.id": process.nodeId,
					"host.name": process.host
				})
			},
			scopeSpans: [{ scope: { name: "moleculer" }, spans: own }]
		}))
	};
}
