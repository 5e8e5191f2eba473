import { Id } from "../../lib/schemas.ts";
import { type Command, columns } from "./command.ts";

const isId = (text: string): boolean =>
	new RegExp((Id as { pattern?: string }).pattern ?? "").test(text);

export const whereisCommand: Command = {
	usage: "whereis <who>",
	description: "The connections of a user, by id or username, and what waits for each",
	async run({ call }, { who = "" }) {
		const userId = isId(who) ? who : (await call("users.findByUsername", { username: who })).userId;
		if (userId === null) return `Nobody is called ${who}.`;
		const { items } = await call("im-router.whereis", { userId });
		if (items.length === 0) return `${who} is not connected.`;
		return columns(
			["device", "node", "incarnation", "epoch", "since", "pending"],
			items.map(({ deviceId, nodeId, incarnation, epoch, since, pending }) => [
				...[deviceId, nodeId, incarnation, epoch, since, pending]
			])
		);
	}
};
