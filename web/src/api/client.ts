/**
 * Calls the platform's actions by name. Types come from the contracts, methods and paths from
 * docs/openapi.json, so nothing about the API is written twice.
 */
import document from "../../../docs/openapi.json" with { type: "json" };
import type { ActionName, ClusterActions } from "../../../lib/contract.ts";
import type {} from "../../../services/contracts.ts";
import { ApiError, type HttpRequest, type Send } from "./http.ts";
import type { Session } from "./session.ts";

export type Returns<Name extends ActionName> = ClusterActions[Name]["returns"];
export type Params<Name extends ActionName> = ClusterActions[Name]["params"];

export type Call = <Name extends ActionName>(
	action: Name,
	params: Params<Name>,
	/** What moves money or goods has one; a request that is sent again keeps its own. */
	key?: string
) => Promise<Returns<Name>>;

type Route = Pick<HttpRequest, "method" | "path">;

const routes = new Map<string, Route>();
for (const [path, operations] of Object.entries(document.paths)) {
	for (const [method, { operationId }] of Object.entries(operations)) {
		routes.set(operationId, { method: method.toUpperCase(), path });
	}
}

/** The request of an action: params fill the path, the rest is the query or the body. */
export function requestOf(action: string, params: object): HttpRequest {
	const route = routes.get(action);
	if (!route) throw new Error(`${action} has no route in docs/openapi.json`);
	const rest = new Map<string, unknown>(Object.entries(params));
	let path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
		const value = String(rest.get(name));
		rest.delete(name);
		return encodeURIComponent(value);
	});
	for (const [name, value] of rest) if (value === undefined) rest.delete(name);
	if (route.method !== "GET" && route.method !== "DELETE") {
		return { method: route.method, path, body: Object.fromEntries(rest) };
	}
	const query = new URLSearchParams([...rest].map(([name, value]) => [name, String(value)]));
	if (rest.size > 0) path += `?${query}`;
	return { method: route.method, path };
}

export interface Client {
	/** @throws ApiError */
	readonly call: Call;
	/** The same for a form, such as an upload. */
	readonly submit: <Name extends ActionName>(
		action: Name,
		form: FormData
	) => Promise<Returns<Name>>;
}

export function createClient(send: Send, session: Session): Client {
	/** Once more when the token was refused: it may have ended early, by rotation or by clock. */
	async function authorised(request: HttpRequest): Promise<unknown> {
		const token = await session.token();
		try {
			return await send({ ...request, token });
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 401 || token === undefined) throw error;
			const next = await session.token(token);
			if (next === undefined) throw error;
			return send({ ...request, token: next });
		}
	}
	return {
		call: async (action, params, key) =>
			(await authorised({ ...requestOf(action, params), key })) as never,
		submit: async (action, form) =>
			(await authorised({ ...requestOf(action, {}), body: form })) as never
	};
}
