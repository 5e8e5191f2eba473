import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Coins, Id, object, oneOf, pageParams, Time, Type } from "../lib/schemas.ts";
import { ContractValidator, compile, type FieldError } from "./validator.ts";

const faults = compile(
	object({
		id: Id,
		coins: Type.Optional(Coins),
		text: Type.Optional(Type.String({ minLength: 1, maxLength: 5 })),
		kind: Type.Optional(oneOf("chat", "gift")),
		at: Type.Optional(Time),
		words: Type.Optional(Type.Record(Type.String(), Type.Integer())),
		list: Type.Optional(Type.Array(object({ id: Id }), { maxItems: 2 })),
		...pageParams
	})
);
const faultsOfJson = (text: string): FieldError[] => faults(JSON.parse(text));

describe("the faults of params", () => {
	it.each([
		["nothing", undefined, ""],
		["null", null, ""],
		["an array", [], ""],
		["text", "id", ""],
		["no id", {}, "id"],
		["a number as id", { id: 1 }, "id"],
		["an id beyond 16 digits", { id: "1".repeat(17) }, "id"],
		["an id with a newline", { id: "1\n" }, "id"],
		["an id in other digits", { id: "１２" }, "id"],
		["a signed id", { id: "-1" }, "id"],
		["an id with leading zeros", { id: "01" }, "id"],
		["an object as id", { id: { $gt: "" } }, "id"],
		["a negative amount", { id: "1", coins: -1 }, "coins"],
		["a fraction", { id: "1", coins: 0.5 }, "coins"],
		["an amount as text", { id: "1", coins: "5" }, "coins"],
		["an infinite amount", { id: "1", coins: Number.POSITIVE_INFINITY }, "coins"],
		["no number", { id: "1", coins: Number.NaN }, "coins"],
		["too large a number", { id: "1", coins: Number.MAX_SAFE_INTEGER }, "coins"],
		["an unknown word", { id: "1", kind: "constructor" }, "kind"],
		["a day that does not exist", { id: "1", at: "2026-02-30T00:00:00Z" }, "at"],
		["too many items", { id: "1", list: [{ id: "1" }, { id: "2" }, { id: "3" }] }, "list"],
		["a fault deep inside", { id: "1", list: [{ id: "1" }, { id: 2 }] }, "list.1.id"],
		["an unknown key deep inside", { id: "1", list: [{ id: "1", x: 1 }] }, "list.0.x"],
		["too large a page", { id: "1", limit: 101 }, "limit"]
	])("%s", (_what, value, field) => {
		expect(faults(value)).toEqual([{ field, message: expect.any(String) }]);
	});

	it("finds none where there are none", () => {
		const full = { id: "9007199254740991", coins: 0, kind: "gift", at: "2026-11-21T09:00:00.000Z" };
		expect(faults({ ...full, words: { any: 1 }, list: [{ id: "1" }], limit: 100 })).toEqual([]);
	});

	it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
		"refuses the key %s",
		(key) => {
			expect(faultsOfJson(`{"id":"1","${key}":{"isAdmin":true}}`)).toEqual([
				{ field: key, message: "must NOT have additional properties" }
			]);
		}
	);

	it("does not take an inherited value for a given one", () => {
		expect(faults(Object.create({ id: "1" }))).toEqual([
			{ field: "id", message: expect.stringContaining("required") }
		]);
	});

	it("counts characters as people do, not UTF-16 units", () => {
		expect(faults({ id: "1", text: "😀😀😀😀😀" })).toEqual([]);
		expect(faults({ id: "1", text: "你好你好你好" })).toHaveLength(1);
		expect(faults({ id: "1", text: "half \ud83d" })).toHaveLength(1);
	});

	it("names one fault only and no long text of the client's, however large the params", () => {
		const huge = "k".repeat(100_000);
		const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`key${n}`, n]));
		for (const value of [
			{ id: huge },
			{ id: "1", [huge]: 1 },
			{ id: "1", words: { [huge]: "x" } },
			{ id: "1", ...keys },
			{ id: "1", list: Array.from({ length: 10_000 }, () => huge) }
		]) {
			const found = faults(value);
			expect(found).toHaveLength(1);
			expect(JSON.stringify(found).length).toBeLessThan(300);
		}
	});

	it("writes neither defaults nor converted values into what the caller holds", () => {
		const params = Object.freeze({ id: "1" });
		expect(faults(params)).toEqual([]);
		expect(params).toEqual({ id: "1" });
	});
});

describe("the validator in a broker", () => {
	const broker = new ServiceBroker({ logger: false, validator: new ContractValidator() });
	const ran: unknown[] = [];

	beforeAll(async () => {
		const handler = (ctx: { params: unknown }) => void ran.push(ctx.params);
		broker.createService({
			name: "probe",
			actions: {
				ours: { params: object({ id: Id }), handler },
				moleculers: { params: { id: "string" }, handler }
			}
		} as unknown as ServiceSchema);
		await broker.start();
	});
	afterAll(() => broker.stop());

	it("refuses before the handler runs", async () => {
		await expect(broker.call("probe.ours", { id: 1 })).rejects.toMatchObject({
			code: 422,
			type: "VALIDATION_ERROR",
			data: [{ field: "id" }]
		});
		await expect(broker.call("probe.ours")).rejects.toMatchObject({ code: 422 });
		expect(ran).toEqual([]);
		await broker.call("probe.ours", { id: "1" });
		expect(ran.splice(0)).toEqual([{ id: "1" }]);
	});

	it("still understands the schemas of Moleculer's own actions", async () => {
		await expect(broker.call("probe.moleculers", { id: 1 })).rejects.toMatchObject({ code: 422 });
		await broker.call("probe.moleculers", { id: "1" });
		expect(await broker.call("$node.list", { withServices: true })).toHaveLength(1);
	});
});
