/** Writes OpenAPI 3.1 from the actions that the registry knows at this moment. */
import type { ActionContract } from "../../lib/contract.ts";

/** An action as the registry carries it: the words of the contract came along. */
export type RegisteredAction = Partial<ActionContract> & { readonly name: string };

interface Schema {
	readonly properties?: Record<string, object>;
	readonly required?: readonly string[];
}

const errorSchema = {
	type: "object",
	required: ["error"],
	properties: {
		error: {
			type: "object",
			required: ["code", "message", "requestId"],
			properties: {
				code: { type: "string", description: "What happened, for programs" },
				message: { type: "string", description: "What happened, for people" },
				data: { type: "object", description: "Details of this code" },
				requestId: { type: "string" }
			}
		}
	}
};

export function openapiOf(actions: readonly RegisteredAction[], version: string) {
	const paths: Record<string, Record<string, object>> = {};
	for (const action of [...actions].sort((a, b) => (a.name < b.name ? -1 : 1))) {
		if (!action.rest) continue;
		const [method = "", path = ""] = action.rest.split(" ");
		const base = action.download ? "" : "/api";
		const documented = `${base}${path.replace(/:(\w+)/g, "{$1}")}`;
		paths[documented] = {
			...paths[documented],
			[method.toLowerCase()]: operation(action, method, path)
		};
	}
	return {
		openapi: "3.1.0",
		info: {
			title: "Live-commerce platform",
			version,
			license: { name: "Apache-2.0", identifier: "Apache-2.0" }
		},
		paths,
		components: {
			securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
			schemas: { Error: errorSchema }
		}
	};
}

function operation(action: RegisteredAction, method: string, path: string) {
	const [tag] = action.name.split(".");
	const status = String(action.status ?? 200);
	const answer = action.status === 204 ? {} : { content: answerOf(action) };
	return {
		operationId: action.name,
		tags: [tag],
		summary: action.summary,
		...(action.auth === "public" ? {} : { security: [{ bearer: [] }] }),
		...inputs(action, method, path),
		responses: {
			[status]: { description: "Done", ...answer },
			default: {
				description: ["An error.", ...(action.errors ?? [])].join(" "),
				content: json({ $ref: "#/components/schemas/Error" })
			}
		},
		...(action.auth === "host" || action.auth === "operator" ? { "x-tag": action.auth } : {}),
		...(action.rateLimit ? { "x-rate-limit": action.rateLimit } : {})
	};
}

const json = (schema: object) => ({ "application/json": { schema } });

/** A file in the field `file` of a form. */
const form = {
	"multipart/form-data": {
		schema: {
			type: "object",
			properties: { file: { type: "string", contentMediaType: "application/octet-stream" } },
			required: ["file"],
			additionalProperties: false
		}
	}
};

/** JSON, or the bytes of a file of one of these types. */
function answerOf(action: RegisteredAction): object {
	const returns = (action.returns ?? {}) as Schema;
	if (!action.download) return json(returns);
	const { enum: types = ["application/octet-stream"] } = (returns.properties?.type ?? {}) as {
		enum?: string[];
	};
	return Object.fromEntries(types.map((type) => [type, {}]));
}

function inputs(action: RegisteredAction, method: string, path: string) {
	const schema = (action.params ?? {}) as Schema;
	const inPath = new Set([...path.matchAll(/:(\w+)/g)].map((match) => match[1]));
	const hasBody = method !== "GET" && method !== "DELETE";
	const parameters: object[] = [];
	const properties: Record<string, object> = {};
	for (const [name, property] of Object.entries(schema.properties ?? {})) {
		if (inPath.has(name)) {
			parameters.push({ name, in: "path", required: true, schema: property });
		} else if (hasBody) {
			properties[name] = property;
		} else if (!action.download) {
			// Of a file the edge alone asks for pieces.
			const required = schema.required?.includes(name) ?? false;
			parameters.push({ name, in: "query", required, schema: property });
		}
	}
	if (action.idempotency) {
		const required = action.idempotency === "required";
		const schema = { type: "string", minLength: 1, maxLength: 64 };
		parameters.push({ name: "Idempotency-Key", in: "header", required, schema });
	}
	if (action.rawBody) {
		const [name] = action.rawBody.signedBy;
		parameters.push({ name, in: "header", required: true, schema: { type: "string" } });
		return { parameters, requestBody: { required: true, content: json({ type: "object" }) } };
	}
	if (action.upload) return { parameters, requestBody: { required: true, content: form } };
	if (Object.keys(properties).length === 0) return { parameters };
	const required = (schema.required ?? []).filter((name) => name in properties);
	const body = { type: "object", properties, required, additionalProperties: false };
	return { parameters, requestBody: { required: required.length > 0, content: json(body) } };
}
