/** Whether a test names an action: by its name, or by its method and route. */
import type { Contract } from "../../lib/contract.ts";
import type { SourceFile } from "./source.ts";

/** Actions of the contracts that no test names. */
export function unnamedActions(
	contracts: readonly Contract[],
	tests: readonly SourceFile[]
): string[] {
	const found: string[] = [];
	for (const contract of contracts) {
		for (const [action, { rest }] of Object.entries(contract.actions)) {
			const name = `${contract.name}.${action}`;
			const quoted = new RegExp(`["'\`]${escaped(name)}["'\`]`);
			const named = tests.some(({ text }) => quoted.test(text) || (rest && callsRoute(text, rest)));
			if (!named) found.push(`no test names ${name}`);
		}
	}
	return found;
}

function callsRoute(text: string, rest: string): boolean {
	const [method = "", path = ""] = rest.split(" ");
	if (text.includes(`"${rest}"`)) return true;
	const pattern = escaped(path).replaceAll(/:\w+/g, "[^/\"'`?\\s]+");
	const wholePath = new RegExp(`(?:/api|["'\`}])${pattern}["'\`?]`);
	return wholePath.test(text) && new RegExp(`\\b${method}\\b`, "i").test(text);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^$(){}|[\]\\]/g, "\\$&");
