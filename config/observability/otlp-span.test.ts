import fc from "fast-check";
import type { Span } from "moleculer";
import { describe, expect, test } from "vitest";
import { exportRequest, hexId, otlpSpan } from "./otlp-span.ts";
import { hidden } from "./redact.ts";

const span = (parts: object = {}): Span =>
	({
		name: "action 'users.get'",
		type: "action",
		id: "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
		traceID: "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
		parentID: null,
		service: { name: "users", fullName: "users" },
		startTime: 1_763_715_600_000,
		finishTime: 1_763_715_600_001.25,
		error: null,
		tags: {},
		...parts
	}) as Span;

const attribute = (converted: ReturnType<typeof otlpSpan>, key: string) =>
	converted.attributes.find((item) => item.key === key)?.value;

describe("hexId", () => {
	test("cuts Moleculer's UUIDs, keeps W3C ids, hashes all others", () => {
		expect(hexId("6ba7b810-9dad-41d1-80b4-00c04fd430c8", 32)).toBe(
			"6ba7b8109dad41d180b400c04fd430c8"
		);
		expect(hexId("6ba7b810-9dad-41d1-80b4-00c04fd430c8", 16)).toBe("6ba7b8109dad41d1");
		expect(hexId("00f067aa0ba902b7", 16)).toBe("00f067aa0ba902b7");
		expect(hexId("my-request", 32)).toMatch(/^[0-9a-f]{32}$/);
	});

	test("always the same, of the right length, never all zeros", () => {
		const id = fc.oneof(fc.string(), fc.uuid(), fc.stringMatching(/^0{1,40}$/));
		fc.assert(
			fc.property(id, fc.constantFrom(16 as const, 32 as const), (text, digits) => {
				const converted = hexId(text, digits);
				expect(converted).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
				expect(converted).not.toMatch(/^0+$/);
				expect(hexId(text, digits)).toBe(converted);
			})
		);
	});
});

describe("otlpSpan", () => {
	test("times are nanoseconds in text; a root has no parent", () => {
		const converted = otlpSpan(span());
		expect(converted.startTimeUnixNano).toBe("1763715600000000000");
		expect(converted.endTimeUnixNano).toBe("1763715600001250000");
		expect(converted).not.toHaveProperty("parentSpanId");
		expect(otlpSpan(span({ parentID: "00f067aa0ba902b7" })).parentSpanId).toBe("00f067aa0ba902b7");
	});

	test("attributes are typed and flat", () => {
		const converted = otlpSpan(
			span({ tags: { remoteCall: true, callingLevel: 2, load: 0.5, action: { name: "a.b" } } })
		);
		expect(attribute(converted, "remoteCall")).toEqual({ boolValue: true });
		expect(attribute(converted, "callingLevel")).toEqual({ intValue: "2" });
		expect(attribute(converted, "load")).toEqual({ doubleValue: 0.5 });
		expect(attribute(converted, "action.name")).toEqual({ stringValue: "a.b" });
		expect(converted.kind).toBe(2);
	});

	test("params, meta, answers and secrets stay inside, whatever put them into the tags", () => {
		const tags = {
			params: { password: "hunter2" },
			meta: { user: { id: "7" } },
			response: { phone: "+8613812345678" },
			custom: { accessToken: "abc", note: "to +8613812345678" }
		};
		const converted = otlpSpan(span({ tags }));
		expect(JSON.stringify(converted)).not.toMatch(/hunter2|13812345678|"abc"|"7"/);
		expect(attribute(converted, "custom.accessToken")).toEqual({ stringValue: hidden });
	});

	test("a fault is an error, an answer of an error table is not; no message leaves", () => {
		const fault = otlpSpan(span({ error: new TypeError("user anna@example.com") }));
		expect(fault.status).toEqual({ code: 2, message: "TypeError" });
		expect(JSON.stringify(fault)).not.toContain("anna");
		const answer = otlpSpan(
			span({ error: Object.assign(new Error("gone"), { code: 404, type: "NOT_FOUND" }) })
		);
		expect(answer.status).toEqual({});
		expect(attribute(answer, "error.type")).toEqual({ stringValue: "NOT_FOUND" });
	});

	test("circular tags do not hang it", () => {
		const tags: Record<string, unknown> = {};
		tags.self = tags;
		expect(otlpSpan(span({ tags })).attributes).toHaveLength(1);
	});
});

test("exportRequest makes one resource per service", () => {
	const spans = [span(), span({ service: undefined }), span()];
	const body = exportRequest(spans, { version: "1.2.3", nodeId: "n1", host: "h", role: "core" });
	expect(body).toMatchObject({
		resourceSpans: [
			{ scopeSpans: [{ spans: [{}, {}] }] },
			{
				resource: {
					attributes: expect.arrayContaining([
						{ key: "service.name", value: { stringValue: "core" } },
						{ key: "service.version", value: { stringValue: "1.2.3" } },
						{ key: "host.name", value: { stringValue: "h" } }
					])
				}
			}
		]
	});
});
