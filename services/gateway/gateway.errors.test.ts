import { Errors } from "moleculer";
import { describe, expect, it } from "vitest";
import { commonErrors } from "../../lib/errors.ts";
import { errorAnswer } from "./gateway.errors.ts";

const { RequestTimeoutError, ServiceNotFoundError, QueueIsFullError } = Errors;
const where = { action: "users.me", nodeID: "core-secret-host-1" };

describe("errorAnswer", () => {
	it("passes errors of our tables on whole", () => {
		const answer = errorAnswer(commonErrors.CONFLICT({ version: 3 }), "request-1");
		expect(answer).toEqual({
			status: 409,
			retryAfterSeconds: undefined,
			body: {
				error: {
					code: "CONFLICT",
					message: "This contradicts the present state.",
					data: { version: 3 },
					requestId: "request-1"
				}
			}
		});
	});

	it("says when to come back, rounded up to whole seconds", () => {
		expect(errorAnswer(commonErrors.BUSY({ retryAfterMs: 1_200 }), "r").retryAfterSeconds).toBe(2);
		expect(errorAnswer(commonErrors.RATE_LIMITED(), "r").retryAfterSeconds).toBe(1);
	});

	it("names the field of a validation error, not the node", () => {
		const fault = { field: "limit", message: "must be >= 1", ...where };
		const thrown = new Errors.ValidationError("Parameters validation error!", "", [fault]);
		const answer = errorAnswer(thrown, "r");
		expect(answer.status).toBe(422);
		expect(answer.body.error.data).toEqual({
			fields: [{ field: "limit", message: "must be >= 1" }]
		});
		expect(JSON.stringify(answer)).not.toContain("secret");
	});

	it.each([
		["a timeout", new RequestTimeoutError(where), 504, "TIMEOUT"],
		["an absent service", new ServiceNotFoundError(where), 503, "UNAVAILABLE"],
		["no route to a service", { name: "ServiceUnavailableError", code: 503 }, 503, "UNAVAILABLE"],
		["a full queue", new QueueIsFullError(where), 503, "BUSY"],
		["a path not decoded", { type: "UNABLE_DECODE_PARAM", code: 400 }, 400, "BAD_REQUEST"],
		["a plain error", new Error("ER_DUP_ENTRY secret SQL"), 500, "INTERNAL"],
		["a database error", Object.assign(new Error("secret"), { code: "ER_X" }), 500, "INTERNAL"],
		[
			"an error with a foreign status",
			{ code: 404, message: "secret", type: "X" },
			500,
			"INTERNAL"
		],
		["a type like a property of Object", { type: "constructor" }, 500, "INTERNAL"],
		["a string", "secret", 500, "INTERNAL"],
		["nothing", undefined, 500, "INTERNAL"]
	])("hides the inside of %s", (_name, thrown, status, code) => {
		const answer = errorAnswer(thrown, "r");
		expect([answer.status, answer.body.error.code]).toEqual([status, code]);
		expect(JSON.stringify(answer)).not.toContain("secret");
	});
});
