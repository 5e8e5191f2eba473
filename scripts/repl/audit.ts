import { limits } from "../../config/limits.ts";
import { newest } from "../../services/admin/admin.audit.model.ts";
import { type Command, columns } from "./command.ts";

export const auditCommand: Command = {
	usage: "audit [count]",
	description: "What operators did last, the newest first",
	async run({ sql }, { count = "10" }) {
		const wanted = Number(count);
		if (!(Number.isInteger(wanted) && wanted >= 1 && wanted <= limits.pageItemsMax)) {
			return `It is \`audit [count]\` with 1 to ${limits.pageItemsMax}.`;
		}
		const rows = await newest(sql(), {}, wanted);
		if (rows.length === 0) return "Operators did nothing yet.";
		return columns(
			["at", "operator", "action", "target", "outcome", "request"],
			rows.map(({ at, actorId, action, target, outcome, requestId }) => [
				...[at.toISOString(), actorId, action, target, outcome, requestId]
			])
		);
	}
};
