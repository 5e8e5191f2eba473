import { describe, expect, it } from "vitest";
import { headersOf, isFor } from "./message.ts";

const message = {
	...{ id: "row-1", channel: "users.registered", payload: "{}" },
	...{ messageId: "message-1", consumer: null, requestId: "request-1" }
};

describe("headersOf", () => {
	it("names the message and the request, in the form that becomes ctx", () => {
		const { $headers = "", ...headers } = headersOf(message);
		expect(headers).toEqual({ "message-id": "message-1", $requestID: "request-1" });
		expect(JSON.parse(Buffer.from($headers, "base64").toString())).toEqual({
			"message-id": "message-1"
		});
	});

	it("gives a message that no request caused its own id, so that its log lines join too", () => {
		expect(headersOf({ ...message, requestId: null }).$requestID).toBe("message-1");
	});
});

describe("isFor", () => {
	it("is every group, unless the message was sent again for one", () => {
		const again = headersOf({ ...message, consumer: "tags" });
		expect(isFor("tags", again)).toBe(true);
		expect(isFor("users", again)).toBe(false);
		expect(isFor("users", headersOf(message))).toBe(true);
		expect(isFor("users", null)).toBe(true);
	});
});
