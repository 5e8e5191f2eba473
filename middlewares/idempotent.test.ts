import fc from "fast-check";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson } from "../lib/canonical-json.ts";
import { hashOf, idempotent } from "./idempotent.ts";

const handler = (ctx: { locals: { idempotency?: unknown } }) => ctx.locals.idempotency ?? "none";
const probe = {
	name: "probe",
	actions: {
		required: { idempotency: "required", handler },
		optional: { idempotency: "optional", handler },
		plain: { handler },
		outer: {
			idempotency: "required",
			handler: (ctx: { call(name: string): Promise<unknown> }) => ctx.call("probe.optional")
		}
	}
} as unknown as ServiceSchema;

describe("idempotent", () => {
	const broker = new ServiceBroker({ logger: false, middlewares: [idempotent()] });
	const call = (action: string, key?: unknown, params: object = {}) => {
		const headers = key === undefined ? {} : { "idempotency-key": key };
		return broker.call(`probe.${action}`, params, { headers } as object);
	};
	const refused = { code: 400, type: "IDEMPOTENCY_KEY_REQUIRED" };

	beforeAll(async () => {
		broker.createService(probe);
		await broker.start();
	});
	afterAll(() => broker.stop());

	it.each(["a", "order-1", "!~#$%", "x".repeat(64), "__proto__"])(
		"takes the key %j",
		async (key) => {
			const params = { id: "1" };
			const named = { key, hash: hashOf(params) };
			expect(await call("required", key, params)).toEqual(named);
			expect(await call("optional", key, params)).toEqual(named);
		}
	);

	it.each([
		"",
		" ",
		"two words",
		"line\nbreak",
		"tab\t",
		"nul\u0000",
		"ключ",
		"é",
		"😀",
		"\u007f",
		"x".repeat(65),
		"x".repeat(100_000),
		7,
		null,
		["a"],
		{}
	])("refuses the key %j", async (key) => {
		await expect(call("required", key)).rejects.toMatchObject(refused);
		await expect(call("optional", key)).rejects.toMatchObject(refused);
	});

	it("refuses a call without a key only where one is required", async () => {
		await expect(call("required")).rejects.toMatchObject(refused);
		await expect(broker.call("probe.required")).rejects.toMatchObject(refused);
		expect(await call("optional")).toBe("none");
		expect(await call("plain", "a")).toBe("none");
	});

	it("does not name the calls that the action makes", async () => {
		expect(await call("outer", "a")).toBe("none");
	});
});

/** The same value with the keys of all its objects in reverse. */
function reversed(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(reversed);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.reverse()
			.map(([key, item]) => [key, reversed(item)])
	);
}

describe("the hash of params", () => {
	it("does not depend on the order of keys", () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(hashOf(reversed(value))).toBe(hashOf(value));
			})
		);
	});

	it("is the same for the same JSON and another for other JSON", () => {
		const parse = (value: unknown): unknown => JSON.parse(canonicalJson(value));
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(parse(value)).toEqual(JSON.parse(JSON.stringify(value)));
			})
		);
		expect(hashOf({ a: [1, 2] })).not.toBe(hashOf({ a: [2, 1] }));
		expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: "1" }));
		expect(hashOf({ a: null })).not.toBe(hashOf({}));
		expect(hashOf({ a: { b: 1 } })).not.toBe(hashOf({ a: 1, b: 1 }));
	});

	it("takes a key without a value for no key, as JSON does", () => {
		expect(hashOf({ a: 1, b: undefined })).toBe(hashOf({ a: 1 }));
	});

	it("counts keys that are names of the prototype", () => {
		const hostile: unknown = JSON.parse('{"__proto__":{"price":1},"a":1}');
		expect(hashOf(hostile)).not.toBe(hashOf({ a: 1 }));
	});

	it("tells moments apart", () => {
		expect(hashOf({ at: new Date(1) })).not.toBe(hashOf({ at: new Date(2) }));
	});
});
