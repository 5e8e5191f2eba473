/** SQLite in the data directory: the embedded database. */
import { join } from "node:path";
import { Sequelize } from "sequelize";
import type { Connection, Driver } from "./driver.ts";
import { Database, sqliteDriver } from "./sqlite-driver.ts";

export function openSqlite(dataDir: string): Driver {
	const filename = join(dataDir, "live-commerce.sqlite");
	const sequelize = new Sequelize({
		dialect: "sqlite",
		dialectModule: sqliteDriver,
		storage: filename,
		logging: false,
		// Who waits for the file waits in our own queue; trying again at once only lengthens it.
		retry: { max: 1, match: [] }
	});
	const shared = new Database(filename);
	return {
		dialect: "sqlite",
		// IMMEDIATE takes the write lock at once: a transaction never fails half way for want of it.
		begin: "BEGIN IMMEDIATE",
		sequelize,
		hasReplica: false,
		acquire: async () => new Database(filename),
		release: (connection) => database(connection).close(),
		destroy: async (connection) => database(connection).close(),
		run: (connection, text, values) => database(connection).execute(text, values),
		single: (_target, text, values) => shared.execute(text, values),
		inTransaction: (connection) => database(connection).inTransaction,
		async close() {
			await sequelize.close();
			shared.close();
		}
	};
}

const database = (connection: Connection): Database => connection as Database;
