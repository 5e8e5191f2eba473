import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../config/limits.ts";
import { type ActionContract, contract } from "../lib/contract.ts";
import { commonErrors } from "../lib/errors.ts";
import { Id, object, Type } from "../lib/schemas.ts";
import { service } from "../lib/service.ts";
import { fakeTags } from "../test/harness/fake-tags.ts";
import { audit, paramsOf, targetOf } from "./audit.ts";
import { auth } from "./auth.ts";
import { ContractValidator } from "./validator.ts";

const params = object({ id: Id, note: Type.Optional(Type.String()) });
const returns = object({ done: Type.Boolean() });
const word = { summary: "For this test.", params, returns };
const probe = contract("probe", {
	actions: {
		change: { ...word, auth: "operator", rest: "POST /admin/probes/:id" },
		look: { ...word, auth: "operator", read: true, rest: "GET /admin/probes/:id" },
		mine: { ...word, auth: "user" }
	} satisfies Record<string, ActionContract>
});

type Entry = Record<string, unknown> & { outcome: string };
const brokers: ServiceBroker[] = [];

/** A broker with a log that may be broken, and an action that does what the test says. */
async function start(act: (steps: string[]) => Promise<{ done: boolean }> | { done: boolean }) {
	const rows: Entry[] = [];
	const steps: string[] = [];
	const door: { refuse: (entry: Entry) => boolean } = { refuse: () => false };
	const run = () => {
		steps.push("act");
		return act(steps);
	};
	const log = {
		name: "admin",
		actions: {
			record: {
				auth: "internal",
				handler(ctx: { params: Entry; requestID: string }) {
					if (door.refuse(ctx.params)) throw new Error("The database is away.");
					rows.push({ ...ctx.params, seenRequest: ctx.requestID });
					steps.push(ctx.params.outcome);
					return { id: String(rows.length) };
				}
			}
		}
	} as unknown as ServiceSchema;
	const broker = new ServiceBroker({
		logger: false,
		validator: new ContractValidator(),
		middlewares: [audit(), auth()]
	});
	brokers.push(broker);
	broker.createService(log);
	broker.createService(fakeTags({ "1": ["operator"] }));
	broker.createService(service(probe, { actions: { change: run, look: run, mine: run } }));
	await broker.start();
	const call = (action: string, userId = "1", given: object = { id: "7" }) =>
		broker.call(action, given, {
			requestID: "request-1",
			meta: { user: { id: userId, sessionId: "3" }, clientAddress: "192.0.2.1" }
		} as object);
	return { call, rows, steps, door };
}

afterEach(async () => {
	await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
});

describe("audit", () => {
	it("records an operator's act before it runs, and its outcome after", async () => {
		const { call, rows, steps } = await start(() => ({ done: true }));
		expect(await call("probe.change", "1", { id: "7", note: "spam" })).toEqual({ done: true });
		expect(steps).toEqual(["begun", "act", "ok"]);
		const said = {
			actorId: "1",
			sessionId: "3",
			action: "probe.change",
			target: "7",
			params: '{"id":"7","note":"spam"}',
			requestId: "request-1",
			seenRequest: "request-1",
			clientAddress: "192.0.2.1"
		};
		expect(rows).toEqual([
			{ ...said, outcome: "begun", intentId: null },
			{ ...said, outcome: "ok", intentId: "1" }
		]);
	});

	it("records the code of a failure, and lets the failure through", async () => {
		const { call, rows } = await start(() => {
			throw commonErrors.CONFLICT();
		});
		await expect(call("probe.change")).rejects.toMatchObject({ type: "CONFLICT" });
		expect(rows.map((row) => [row.outcome, row.intentId])).toEqual([
			["begun", null],
			["CONFLICT", "1"]
		]);
	});

	it("writes nothing of an error that is not of our tables", async () => {
		const { call, rows } = await start(() => {
			throw Object.assign(new Error("SELECT phone"), { type: "ER: '+4915112345678'" });
		});
		await expect(call("probe.change")).rejects.toThrow();
		expect(rows[1]?.outcome).toBe("INTERNAL");
		expect(JSON.stringify(rows)).not.toContain("SELECT");
	});

	it("refuses an act that cannot be recorded", async () => {
		const { call, steps, door } = await start(() => ({ done: true }));
		door.refuse = () => true;
		await expect(call("probe.change")).rejects.toMatchObject({ type: "UNAVAILABLE" });
		expect(steps).toEqual([]);
	});

	it("tells the truth about an act whose outcome cannot be recorded", async () => {
		const { call, rows, door } = await start(() => ({ done: true }));
		door.refuse = (entry) => entry.outcome !== "begun";
		expect(await call("probe.change")).toEqual({ done: true });
		expect(rows.map((row) => row.outcome)).toEqual(["begun"]);
	});

	it("records neither reads, nor users' own acts, nor what others were refused", async () => {
		const { call, rows, steps } = await start(() => ({ done: true }));
		await call("probe.look");
		await call("probe.mine", "2");
		await expect(call("probe.change", "2")).rejects.toMatchObject({ type: "FORBIDDEN" });
		await expect(call("probe.change", "1", { id: "-1" })).rejects.toThrow();
		expect(rows).toEqual([]);
		expect(steps).toEqual(["act", "act"]);
	});
});

describe("what is recorded of the params", () => {
	it("names the target by the params of the path", () => {
		const given = { userId: "7", tag: "host", other: 1 };
		expect(targetOf("PUT /admin/users/:userId/tags/:tag", given)).toBe("7/host");
		expect(targetOf("POST /admin/sweep", given)).toBeNull();
		expect(targetOf(undefined, given)).toBeNull();
	});

	it("bounds the target", () => {
		const target = targetOf("GET /x/:name", { name: "word ".repeat(1_000) });
		expect(target?.length).toBeLessThanOrEqual(limits.auditTargetCharactersMax);
	});

	it("leaves out secrets and personal data at any depth", () => {
		const text = paramsOf({
			password: "hunter2!",
			list: [{ phone: "+4915112345678", email: "a@b.example" }],
			reason: "called +4915112345678, Bearer abc.def.ghi"
		});
		for (const secret of ["hunter2", "4915112345678", "a@b.example", "abc.def"]) {
			expect(text).not.toContain(secret);
		}
		expect(text).toContain("called");
	});

	it("stays JSON that every database stores as it is, whatever the text", () => {
		const text = paramsOf({ note: "half \ud83d pair, nul \u0000, line\nbreak, 你好" });
		expect(JSON.parse(text)).toEqual({ note: expect.stringContaining("你好") });
		expect(text.isWellFormed()).toBe(true);
		expect(text).not.toMatch(/\p{Cc}/u);
	});

	it("counts what is too long instead of keeping it", () => {
		const text = paramsOf({ items: Array.from({ length: 100 }, () => "word ".repeat(100)) });
		expect(text.length).toBeLessThanOrEqual(limits.auditParamsCharactersMax);
		expect(JSON.parse(text)).toEqual({ leftOut: expect.stringMatching(/^\d+ characters$/) });
	});
});
