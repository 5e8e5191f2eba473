import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuthRule } from "../lib/contract.ts";
import { auth } from "./auth.ts";

const rules: AuthRule[] = ["public", "user", "host", "operator", "internal"];
const tagsById: Record<string, string[]> = { "1": [], "2": ["host"], "3": ["operator"] };
const asked: unknown[] = [];
const ran: string[] = [];

const probe = {
	name: "probe",
	actions: {
		...Object.fromEntries(
			rules.map((rule) => [rule, { auth: rule, handler: () => void ran.push(rule) }])
		),
		ruleless: { handler: () => void ran.push("ruleless") },
		bare: () => void ran.push("bare"),
		unknown: { auth: "admin", handler: () => void ran.push("unknown") },
		inherited: { auth: "constructor", handler: () => void ran.push("inherited") },
		many: { auth: ["public"], handler: () => void ran.push("many") },
		yes: { auth: true, handler: () => void ran.push("yes") }
	}
} as unknown as ServiceSchema;

const tags = {
	name: "tags",
	actions: {
		of: {
			auth: "internal",
			handler(ctx: { params: { userIds: string[] } }) {
				asked.push(ctx.params);
				const [userId = ""] = ctx.params.userIds;
				return { items: userId in tagsById ? [{ userId, tags: tagsById[userId] }] : [] };
			}
		}
	}
} as unknown as ServiceSchema;

describe("auth", () => {
	const broker = new ServiceBroker({ logger: false, middlewares: [auth()] });
	const call = (action: string, userId?: string) => {
		const meta = userId === undefined ? {} : { user: { id: userId, sessionId: "1" } };
		return broker.call(`probe.${action}`, {}, { meta } as object).then(
			() => 200,
			(error: { code: number }) => error.code
		);
	};

	beforeAll(async () => {
		broker.createService(probe);
		broker.createService(tags);
		await broker.start();
	});
	afterAll(() => broker.stop());

	it.each(["ruleless", "bare", "unknown", "inherited", "many", "yes"])(
		"refuses everybody an action whose rule is %s, and does not run it",
		async (action) => {
			for (const userId of [undefined, "1", "2", "3"]) expect(await call(action, userId)).toBe(403);
			expect(ran).not.toContain(action);
		}
	);

	it.each([
		// rule, guest, user, host, operator, somebody without a row
		["public", 200, 200, 200, 200, 200],
		["internal", 200, 200, 200, 200, 200],
		["user", 401, 200, 200, 200, 200],
		["host", 401, 403, 200, 403, 403],
		["operator", 401, 403, 403, 200, 403]
	])("%s: guest %i, user %i, host %i, operator %i, unknown %i", async (rule, ...expected) => {
		const callers = [undefined, "1", "2", "3", "4"];
		expect(await Promise.all(callers.map((userId) => call(rule, userId)))).toEqual(expected);
	});

	it("asks for the tags anew each time, so that a revoked tag ends at once", async () => {
		expect(await call("operator", "3")).toBe(200);
		tagsById["3"] = [];
		const before = asked.length;
		expect(await call("operator", "3")).toBe(403);
		expect(asked.slice(before)).toEqual([{ userIds: ["3"] }]);
		tagsById["3"] = ["operator"];
	});

	it("refuses while the tags cannot be asked for", async () => {
		const service = broker.getLocalService("tags");
		await broker.destroyService(service);
		expect(await call("operator", "3")).toBe(404);
		expect(await call("user", "1")).toBe(200);
		broker.createService(tags);
		await broker.waitForServices("tags");
		expect(await call("operator", "3")).toBe(200);
	});

	it("leaves Moleculer's own actions to those on the bus", async () => {
		expect(await broker.call("$node.list")).toHaveLength(1);
	});
});
