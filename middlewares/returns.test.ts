import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Id, nullable, object, page, Time, Type } from "../lib/schemas.ts";
import { returns } from "./returns.ts";

const User = object({ id: Id, nickname: Type.String(), avatarUrl: nullable(Type.String()) });
const answers = new Map<string, unknown>();
const handler = (ctx: { params: { case: string } }) => answers.get(ctx.params.case);
const probe = {
	name: "probe",
	actions: {
		user: { returns: User, handler },
		users: { returns: page(User), handler },
		time: { returns: object({ at: Time }), handler },
		nothing: { returns: Type.Null(), handler },
		free: { handler },
		fails: {
			returns: User,
			handler: () => {
				throw new Error("Its own error.");
			}
		}
	}
} as unknown as ServiceSchema;

const good = { id: "1", nickname: "Ada", avatarUrl: null };

describe("returns", () => {
	const broker = new ServiceBroker({ logger: false, middlewares: [returns()] });
	const answering = (action: string, value: unknown) => {
		answers.set(action, value);
		return broker.call(`probe.${action}`, { case: action });
	};

	beforeAll(async () => {
		broker.createService(probe);
		await broker.start();
	});
	afterAll(() => broker.stop());

	it("gives on what the contract promises, untouched", async () => {
		expect(await answering("user", good)).toBe(good);
		expect(await answering("users", { items: [good], nextCursor: null })).toEqual({
			items: [good],
			nextCursor: null
		});
		expect(await answering("time", { at: "2026-11-21T09:00:00.000Z" })).toBeDefined();
		expect(await answering("nothing", undefined)).toBeUndefined();
	});

	it.each([
		["a field too many", "user", { ...good, phone: "+4915112345678" }, "phone"],
		["a field too few", "user", { id: "1", avatarUrl: null }, "nickname"],
		["a number for an id", "user", { ...good, id: 1 }, "id"],
		["a field that is undefined", "user", { ...good, nickname: undefined }, "nickname"],
		[
			"a drift in one item",
			"users",
			{ items: [good, { ...good, id: "x" }], nextCursor: null },
			"1.id"
		],
		["no cursor", "users", { items: [] }, "nextCursor"],
		["a Date, which only JSON would make text", "time", { at: new Date() }, "at"],
		["nothing at all", "user", undefined, ""],
		["something for nothing", "nothing", {}, ""]
	])("catches %s", async (_what, action, value, field) => {
		const promise = answering(action, value);
		await expect(promise).rejects.toMatchObject({ type: "CONTRACT_BROKEN", code: 500 });
		await expect(promise).rejects.toThrow(`"${field === "1.id" ? "items.1.id" : field}"`);
	});

	it("says what broke and not the value, which may be secret", async () => {
		const promise = answering("user", { ...good, nickname: 4915112345678 });
		await expect(promise).rejects.toThrow(
			'probe.user broke its contract: "nickname" must be string'
		);
		await expect(promise).rejects.not.toThrow("4915112345678");
	});

	it("leaves errors and actions without a promise alone", async () => {
		await expect(broker.call("probe.fails", {})).rejects.toThrow("Its own error.");
		expect(await answering("free", 7)).toBe(7);
	});
});
