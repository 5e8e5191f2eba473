/** What a project command of the REPL is. Each lies in a file of its own beside this one. */
import type { ServiceBroker } from "moleculer";
import { type Call, typed } from "../../lib/context.ts";
import { errorType } from "../../lib/errors.ts";
import { join, type Sql } from "../../mixins/sql/index.ts";

/** What a command may use: calls through the contracts, and the tables. */
export interface Session {
	readonly broker: ServiceBroker;
	readonly call: Call;
	/** Opened by the first command that needs it. */
	sql(): Sql;
}

export interface Command {
	/** Name and arguments as they are typed: `whois <who>`, `audit [count]`. */
	readonly usage: string;
	readonly description: string;
	/** Returns what is to be printed. An error is printed as one line. */
	run(session: Session, words: Readonly<Record<string, string | undefined>>): Promise<string>;
}

export function sessionOf(broker: ServiceBroker): Session {
	let sql: Sql | undefined;
	return {
		broker,
		call: typed(broker).call,
		sql() {
			// That of the platform where it runs in this process: SQLite has one writer.
			sql ??= join(broker).sql;
			return sql;
		}
	};
}

/** The form in which moleculer-repl takes a command. */
export const replCommand = ({ usage, description, run }: Command, session: Session) => ({
	command: usage,
	description,
	async action(_broker: ServiceBroker, words: Record<string, string | undefined>) {
		try {
			console.log(await run(session, words));
		} catch (error) {
			console.log(`${errorType(error) ?? "Error"}: ${(error as Error).message}`);
		}
	}
});

/** Rows under each other, with a line of names above. */
export function columns(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
	const lines = [names, ...rows].map((row) => row.map((cell) => String(cell ?? "-")));
	const widths = names.map((_, column) =>
		Math.max(...lines.map((line) => line[column]?.length ?? 0))
	);
	const text = lines.map((line) =>
		line
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join("  ")
			.trimEnd()
	);
	return text.join("\n");
}
