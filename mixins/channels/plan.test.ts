import { expect, it } from "vitest";
import { Empty } from "../../lib/schemas.ts";
import { planOf } from "./plan.ts";

const contracts = [
	{ name: "users", channels: { registered: Empty, closed: Empty } },
	{ name: "tags", channels: {} }
];

it("lists every channel with the services that consume it", () => {
	const services = [
		{ name: "tags", channels: { "users.registered": {} } },
		{ name: "admin", channels: { "users.registered": {} } },
		{ name: "users" }
	];
	expect(planOf(contracts, services)).toEqual([
		{ name: "users.closed", groups: [] },
		{ name: "users.registered", groups: ["admin", "tags"] }
	]);
});

it("refuses a consumer of a channel that nobody declares", () => {
	const services = [{ name: "tags", channels: { "users.regstered": {} } }];
	expect(() => planOf(contracts, services)).toThrow(/"users.regstered", which no contract/);
});
