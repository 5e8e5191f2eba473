/** W3C Trace Context, level 1: https://www.w3.org/TR/trace-context/#traceparent-header */
import { limits } from "../config/limits.ts";

export interface Traceparent {
	/** 32 hex digits. */
	readonly traceId: string;
	/** 16 hex digits: the span of the caller. */
	readonly parentId: string;
	readonly sampled: boolean;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const onlyZeros = /^0+$/;

/**
 * Reads a `traceparent` header; undefined where it is absent or breaks the standard, so that the
 * caller begins a trace of its own. Higher versions may carry more fields, which are ignored.
 */
export function parseTraceparent(header: string | undefined): Traceparent | undefined {
	if (header === undefined || header.length > limits.traceparentCharactersMax) return undefined;
	const [, version, traceId, parentId, flags, more] = form.exec(header.trim()) ?? [];
	if (version === undefined || traceId === undefined) return undefined;
	if (parentId === undefined || flags === undefined) return undefined;
	if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
	if (onlyZeros.test(traceId) || onlyZeros.test(parentId)) return undefined;
	return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
