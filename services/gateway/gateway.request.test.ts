import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { object, Type } from "../../lib/schemas.ts";
import { bearerOf, mergeParams, rawParams, requestIdOf } from "./gateway.request.ts";

const request = (headers: Record<string, string>, remoteAddress = "127.0.0.1") =>
	({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe("requestIdOf", () => {
	it("takes what may stand in a log line and nothing else", () => {
		expect(requestIdOf(request({ "x-request-id": "0b7c2f7e-aa11" }))).toBe("0b7c2f7e-aa11");
		for (const id of ["short", "a".repeat(65), "<script>alert(1)</script>", "line\nbreak-1234"]) {
			expect(requestIdOf(request({ "x-request-id": id }))).toBeUndefined();
		}
	});
});

describe("bearerOf", () => {
	it("reads the token, and passes other schemes on to be refused", () => {
		expect(bearerOf(request({ authorization: "Bearer abc" }))).toBe("abc");
		expect(bearerOf(request({ authorization: "Basic abc" }))).toBe("Basic abc");
		expect(bearerOf(request({}))).toBeUndefined();
	});
});

describe("mergeParams", () => {
	const schema = object({
		id: Type.String(),
		count: Type.Integer(),
		open: Type.Boolean(),
		name: Type.String()
	});
	const merge = (parts: Partial<Parameters<typeof mergeParams>[0]>) =>
		mergeParams({ body: undefined, query: {}, path: {}, ...parts }, schema);

	it("reads numbers and booleans from text where the contract expects them", () => {
		expect(merge({ query: { count: "12", open: "true", name: "12" } })).toEqual({
			count: 12,
			open: true,
			name: "12"
		});
	});

	it("leaves text that is no number for the validator to refuse", () => {
		for (const count of ["", "1e3", "0x10", "1.5", "12 ", "９", "1".repeat(17)]) {
			expect(merge({ query: { count } })).toEqual({ count });
		}
	});

	it("never reads numbers from a body", () => {
		expect(merge({ body: { count: "12" } })).toEqual({ count: "12" });
	});

	it("lets the path win over the body, and the body over the query", () => {
		const parts = {
			query: { id: "1", name: "q" },
			body: { id: "2", name: "b" },
			path: { id: "3" }
		};
		expect(merge(parts)).toEqual({ id: "3", name: "b" });
	});

	it("sets no prototype, whatever the keys", () => {
		const body = JSON.parse('{"__proto__": {"role": "operator"}, "constructor": 1}');
		const params = merge({ body });
		expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
		expect(Object.hasOwn(params, "__proto__")).toBe(true);
		expect(params.role).toBeUndefined();
	});

	it("refuses bodies that are not objects", () => {
		for (const body of [[], [1], "text", 7, null, true]) {
			expect(() => merge({ body })).toThrow(expect.objectContaining({ type: "BAD_REQUEST" }));
		}
	});

	it("keeps every own key of any JSON object", () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
				expect(Object.keys(merge({ body })).sort()).toEqual(Object.keys(body).sort());
			})
		);
	});
});

describe("rawParams", () => {
	const signedBy = ["one-signature", "other-signature"];
	const bytes = Buffer.from('\ufeff{ "a": 1.0, "a": "é" }');

	it("passes the text of the very bytes, and the first signature that is there", () => {
		const both = request({ "other-signature": "b", "one-signature": "a" });
		const { body, signature } = rawParams(both, { bytes, signedBy });
		expect(Buffer.from(body).equals(bytes)).toBe(true);
		expect(signature).toBe("a");
		const other = rawParams(request({ "other-signature": "b" }), { bytes, signedBy });
		expect(other.signature).toBe("b");
	});

	it("refuses what is not signed, has no body, or is no UTF-8", () => {
		const signed = request({ "one-signature": "a" });
		const refused = [
			() => rawParams(request({}), { bytes, signedBy }),
			() => rawParams(signed, { bytes: undefined, signedBy }),
			() => rawParams(signed, { bytes: Buffer.from([0x22, 0xff, 0x22]), signedBy })
		];
		for (const read of refused) expect(read).toThrow(expect.objectContaining({ code: 400 }));
	});
});
