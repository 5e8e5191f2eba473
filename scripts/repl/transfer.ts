import { findTransfer } from "../../services/wallets/wallets.history.model.ts";
import { type Command, columns } from "./command.ts";

export const transferCommand: Command = {
	usage: "transfer <id>",
	description: "A transfer of the ledger and its entries, by its id or its intent",
	async run({ sql }, { id = "" }) {
		const found = await findTransfer(sql(), id);
		if (!found) return `No transfer has the id or the intent ${id}.`;
		const { kind, reference, intent, at } = found;
		const rows = found.entries.map((entry) => [
			entry.owner === "0" ? entry.account : `${entry.account} of user ${entry.owner}`,
			...[entry.currency, entry.amount, entry.balanceAfter, entry.sequence]
		]);
		const names = ["account", "currency", "amount", "balance after", "entry"];
		return [
			`transfer ${found.id}: ${kind} ${reference}, ${at.toISOString()}, intent ${intent}`,
			columns(names, rows)
		].join("\n");
	}
};
