import { listEntries } from "../../services/wallets/wallets.history.model.ts";
import { listHolds } from "../../services/wallets/wallets.holds.model.ts";
import { keyOf } from "../../services/wallets/wallets.rules.ts";
import { type Command, columns, type Session } from "./command.ts";
import { userIdOf } from "./whois.ts";

const entriesShown = 10;
const holdsShown = 10;

async function entriesOf({ sql }: Session, userId: string): Promise<(string | number)[][]> {
	const rows: (string | number)[][] = [];
	for (const kind of ["coins", "income"] as const) {
		const { id } = keyOf({ userId, kind });
		const entries = await listEntries(sql(), {
			...{ accountId: id, before: undefined, limit: entriesShown }
		});
		for (const entry of entries) {
			const { sequence, amount, balanceAfter, transferId, reference, at } = entry;
			const place = `${kind} ${sequence}`;
			rows.push([place, amount, balanceAfter, entry.kind, reference, transferId, at.toISOString()]);
		}
	}
	return rows;
}

async function holdsOf({ sql }: Session, userId: string): Promise<(string | number)[][]> {
	const ids = (["coins", "income"] as const).map((kind) => keyOf({ userId, kind }).id);
	const found = await listHolds(sql(), ids, holdsShown);
	return found.map(({ id, amount, state, kind, reference, expiresAt }) => [
		...[id, amount, state, `${kind} ${reference}`, expiresAt.toISOString()]
	]);
}

export const walletCommand: Command = {
	usage: "wallet <who>",
	description: "What a user has, the last movements and holds; by id or username",
	async run(session, { who = "" }) {
		const userId = await userIdOf(session, who);
		if (userId === undefined) return `Nobody is called ${who}.`;
		const { items } = await session.call("wallets.balances", { userIds: [userId] });
		const [wallet] = items;
		if (!wallet) return `Nobody has the id ${who}.`;
		const { balance, held, income, frozen } = wallet;
		const state = frozen ? ", FROZEN" : "";
		const lines = [`user ${userId}: balance ${balance}, held ${held}, income ${income}${state}`];
		const entries = await entriesOf(session, userId);
		const names = ["entry", "amount", "balance after", "kind", "reference", "transfer", "at"];
		if (entries.length > 0) lines.push("", columns(names, entries));
		const holds = await holdsOf(session, userId);
		const holdNames = ["hold", "amount", "state", "for", "expires"];
		if (holds.length > 0) lines.push("", columns(holdNames, holds));
		return lines.join("\n");
	}
};
