import { describe, expect, it } from "vitest";
import { filePiece, Id, object, oneOf, Type } from "../../lib/schemas.ts";
import { openapiOf, type RegisteredAction } from "./gateway.openapi.ts";
import { aliasesOf } from "./gateway.routes.ts";

const actions: RegisteredAction[] = [
	{
		name: "cups.paint",
		summary: "Paint a cup.",
		rest: "POST /cups/:id/paint",
		status: 201,
		auth: "host",
		idempotency: "required",
		params: object({ id: Id, color: Type.String(), shine: Type.Optional(Type.Boolean()) }),
		returns: object({ id: Id })
	},
	{
		name: "cups.list",
		summary: "List cups.",
		rest: "GET /cups",
		auth: "public",
		params: object({ limit: Type.Optional(Type.Integer()) }),
		returns: object({})
	},
	{ name: "cups.count", summary: "Internal.", auth: "internal" },
	{
		name: "cups.photo",
		summary: "Send a photo.",
		rest: "POST /cups/photos",
		auth: "user",
		upload: true,
		params: object({}),
		returns: object({ id: Id })
	},
	{
		name: "cups.look",
		summary: "The photo.",
		rest: "GET /photos/:id",
		auth: "public",
		download: true,
		params: object({ id: Id, offset: Type.Optional(Type.Integer()) }),
		returns: filePiece(oneOf("image/png", "image/gif"))
	}
];

describe("openapiOf", () => {
	const document = openapiOf(actions, "1.2.3");

	it("lists routed actions only, by path and method", () => {
		expect(Object.keys(document.paths).sort()).toEqual([
			...["/api/cups", "/api/cups/photos", "/api/cups/{id}/paint", "/photos/{id}"]
		]);
	});

	it("tells path, query, body and headers apart", () => {
		expect(document.paths["/api/cups/{id}/paint"]?.post).toMatchObject({
			operationId: "cups.paint",
			tags: ["cups"],
			security: [{ bearer: [] }],
			"x-tag": "host",
			parameters: [
				{ name: "id", in: "path", required: true },
				{ name: "Idempotency-Key", in: "header", required: true }
			],
			requestBody: {
				required: true,
				content: { "application/json": { schema: { required: ["color"] } } }
			},
			responses: { "201": {}, default: {} }
		});
		expect(document.paths["/api/cups"]?.get).toMatchObject({
			parameters: [{ name: "limit", in: "query", required: false }]
		});
		expect(document.paths["/api/cups"]?.get).not.toHaveProperty("security");
	});

	it("shows files as forms and as bytes", () => {
		expect(document.paths["/api/cups/photos"]?.post).toMatchObject({
			requestBody: {
				required: true,
				content: { "multipart/form-data": { schema: { required: ["file"] } } }
			}
		});
		const look = document.paths["/photos/{id}"]?.get as { parameters: object[] };
		expect(look.parameters).toMatchObject([{ name: "id", in: "path" }]);
		expect(look).toMatchObject({
			responses: { "200": { content: { "image/png": {}, "image/gif": {} } } }
		});
	});

	it("travels as JSON", () => {
		expect(JSON.parse(JSON.stringify(document))).toEqual(document);
	});
});

describe("aliasesOf", () => {
	it("refuses two actions on one route", () => {
		const action = {
			summary: "",
			auth: "public",
			params: object({}),
			returns: object({})
		} as const;
		const cups = (name: string) => ({
			name,
			actions: { list: { ...action, rest: "GET /cups" as const } },
			events: {},
			channels: {}
		});
		expect(() => aliasesOf([cups("cups"), cups("mugs")])).toThrow("claimed by cups.list and mugs");
	});

	it("puts files beside the API, with HEAD", () => {
		const look = {
			summary: "",
			auth: "public",
			rest: "GET /photos/:id",
			download: true,
			params: object({ id: Id }),
			returns: object({})
		} as const;
		const cups = { name: "cups", actions: { look }, events: {}, channels: {} };
		expect(aliasesOf([cups])).toEqual({
			api: {},
			files: { "GET /photos/:id": "cups.look", "HEAD /photos/:id": "cups.look" }
		});
	});
});
