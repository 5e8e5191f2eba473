/**
 * `npm run openapi` writes docs/openapi.json, the reference of all routes, from the contracts. A
 * running platform serves the same for what is registered at the moment: `GET /openapi.json`.
 */
import { writeFileSync } from "node:fs";
import packageJson from "../package.json" with { type: "json" };
import { allContracts } from "../services/contracts.ts";
import { openapiOf } from "../services/gateway/gateway.openapi.ts";
import { actionsByName } from "../services/gateway/gateway.routes.ts";

export const openapiFile = new URL("../docs/openapi.json", import.meta.url);

export function openapiText(): string {
	const actions = [...actionsByName(allContracts)].map(([name, action]) => ({ ...action, name }));
	return `${JSON.stringify(openapiOf(actions, packageJson.version), null, "\t")}\n`;
}

if (import.meta.main) writeFileSync(openapiFile, openapiText());
