/**
 * Routes come from the contracts, not from what happens to be registered at the moment: they are
 * there from the first request on, and an absent service answers 503 instead of 404.
 */
import type { Env } from "../../config/env.ts";
import type { ActionContract, Contract } from "../../lib/contract.ts";
import { cors, jsonBody, noStore, securityHeaders, urlLength } from "./gateway.security.ts";

type Aliases = Record<string, string>;

/**
 * `"GET /users/:id"` → `"users.get"`, for every action with a `rest`: those of the API, and files,
 * which lie beside it and also answer HEAD.
 */
export function aliasesOf(contracts: readonly Contract[]): { api: Aliases; files: Aliases } {
	const api: Aliases = {};
	const files: Aliases = {};
	for (const contract of contracts) {
		for (const [name, action] of Object.entries(contract.actions)) {
			if (!action.rest) continue;
			const taken = api[action.rest] ?? files[action.rest];
			if (taken) throw new Error(`${action.rest} is claimed by ${taken} and ${contract.name}.`);
			const full = `${contract.name}.${name}`;
			(action.download ? files : api)[action.rest] = full;
			if (action.download) files[action.rest.replace("GET", "HEAD")] = full;
		}
	}
	return { api, files };
}

/** The contract of an action by its full name. */
export function actionsByName(contracts: readonly Contract[]): Map<string, ActionContract> {
	const actions = new Map<string, ActionContract>();
	for (const contract of contracts) {
		for (const [name, action] of Object.entries(contract.actions)) {
			actions.set(`${contract.name}.${name}`, action);
		}
	}
	return actions;
}

export function routesOf(env: Env, contracts: readonly Contract[]) {
	const route = {
		mappingPolicy: "restrict",
		// Ours are in `use`, so that origin and length are judged before a body is read.
		bodyParsers: false,
		mergeParams: false,
		logging: false,
		etag: false,
		use: [securityHeaders(env.production), noStore, urlLength, cors(env.allowedOrigins), jsonBody]
	};
	const { api, files } = aliasesOf(contracts);
	const root = { "GET /openapi.json": "gateway.openapi", ...files };
	return [
		{ ...route, name: "api", path: "/api", aliases: api },
		{ ...route, name: "root", path: "/", aliases: root }
	];
}
