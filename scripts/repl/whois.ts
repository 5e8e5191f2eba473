import { Id } from "../../lib/schemas.ts";
import type { Command, Session } from "./command.ts";

const isId = (text: string): boolean =>
	new RegExp((Id as { pattern?: string }).pattern ?? "").test(text);

/** The id as it is, or that of the username; undefined when nobody is called so. */
export async function userIdOf({ call }: Session, who: string): Promise<string | undefined> {
	if (isId(who)) return who;
	return (await call("users.findByUsername", { username: who })).userId ?? undefined;
}

export const whoisCommand: Command = {
	usage: "whois <who>",
	description: "The public profile and the tags of a user, by id or username",
	async run(session, { who = "" }) {
		const { call } = session;
		const userId = await userIdOf(session, who);
		if (userId === undefined) return `Nobody is called ${who}.`;
		const { items } = await call("users.getMany", { ids: [userId] });
		const [user] = items;
		if (!user) return `Nobody has the id ${who}.`;
		// The profile comes from a cache; what somebody may do is asked anew.
		const tags = (await call("tags.of", { userIds: [userId] })).items[0]?.tags ?? [];
		return JSON.stringify({ ...user, tags }, null, "\t");
	}
};
