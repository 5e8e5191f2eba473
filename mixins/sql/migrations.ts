/**
 * Brings the tables up to date: every `services/<name>/migrations/NNNN-what.ts` once, services in
 * alphabetical order, files of a service by name. A file exports `up(db)`; what it needs of the
 * deployment, such as its currency, is in a second argument, the environment.
 *
 * On SQLite all that is pending is one transaction. MySQL commits at every CREATE and ALTER, so
 * write `CREATE TABLE IF NOT EXISTS` and one ALTER per file: a file that a crash cut short runs
 * again from its first line.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type RunnableMigration, Umzug, type UmzugStorage } from "umzug";
import type { Env } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { openDriver } from "./connection.ts";
import type { Connection, Driver } from "./driver.ts";
import type { Queryable } from "./queryable.ts";
import { tableOptions } from "./table-options.ts";

export interface MigrationOptions {
	/** Only the tables of these services; all services when absent. */
	readonly services?: readonly string[];
	/** The folder that holds `services/`. */
	readonly root?: string;
}

const projectRoot = join(import.meta.dirname, "..", "..");

/** Runs what is pending and returns its names. Safe when several nodes start at once. */
export async function migrate(env: Env, options: MigrationOptions = {}): Promise<string[]> {
	return withConnection(env, async (driver, connection) => {
		const db = onConnection(driver, connection);
		const release = await lock(driver, connection, db);
		try {
			await createTable(db);
			const done = await umzug(db, env, options).up();
			await release("COMMIT");
			return done.map(({ name }) => name);
		} catch (error) {
			await release("ROLLBACK");
			throw error;
		}
	});
}

/** What stands in the database and what does not yet. Changes nothing but its own table. */
export async function migrationStatus(env: Env, options: MigrationOptions = {}) {
	return withConnection(env, async (driver, connection) => {
		const db = onConnection(driver, connection);
		await createTable(db);
		const runner = umzug(db, env, options);
		const [executed, pending] = [await runner.executed(), await runner.pending()];
		return {
			executed: executed.map(({ name }) => name),
			pending: pending.map(({ name }) => name)
		};
	});
}

async function withConnection<T>(
	env: Env,
	work: (driver: Driver, connection: Connection) => Promise<T>
): Promise<T> {
	// An ALTER of a large table takes as long as it takes.
	const driver = openDriver(env, 0);
	try {
		const connection = await driver.acquire("primary");
		try {
			return await work(driver, connection);
		} finally {
			driver.release(connection);
		}
	} finally {
		await driver.close();
	}
}

const onConnection = (driver: Driver, connection: Connection): Queryable => ({
	dialect: driver.dialect,
	forUpdate: driver.dialect === "mysql" ? "FOR UPDATE" : "",
	async query<Row>(text: string, values: Parameters<Driver["run"]>[2] = []) {
		return (await driver.run(connection, text, values)).rows as Row[];
	},
	execute: (text, values = []) => driver.run(connection, text, values)
});

/** One runner at a time: on SQLite by the transaction, on MySQL by a lock of the session. */
async function lock(driver: Driver, connection: Connection, db: Queryable) {
	if (driver.dialect === "sqlite") {
		await db.execute(driver.begin);
		return async (end: "COMMIT" | "ROLLBACK") => {
			if (driver.inTransaction(connection)) await db.execute(end);
		};
	}
	const name = "CONCAT('migrate.', MD5(DATABASE()))";
	const [row] = await db.query<{ gained: number | null }>(`SELECT GET_LOCK(${name}, ?) AS gained`, [
		limits.migrationLockSecondsMax
	]);
	if (row?.gained !== 1) throw new Error("Another node is migrating for too long.");
	return async () => {
		await db.query(`SELECT RELEASE_LOCK(${name})`);
	};
}

async function createTable(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS schema_migrations (
			name VARCHAR(190) NOT NULL PRIMARY KEY,
			applied_at DATETIME(3) NOT NULL
		) ${tableOptions(db)}`
	);
}

const umzug = (db: Queryable, env: Env, options: MigrationOptions): Umzug<Queryable> =>
	new Umzug<Queryable>({
		migrations: findMigrations(env, options),
		context: db,
		storage,
		logger: undefined
	});

const storage: UmzugStorage<Queryable> = {
	async executed({ context }) {
		const rows = await context.query<{ name: string }>(
			"SELECT name FROM schema_migrations ORDER BY name"
		);
		return rows.map(({ name }) => name);
	},
	async logMigration({ name, context }) {
		await context.execute("INSERT INTO schema_migrations (name, applied_at) VALUES (?, ?)", [
			name,
			new Date()
		]);
	},
	async unlogMigration({ name, context }) {
		await context.execute("DELETE FROM schema_migrations WHERE name = ?", [name]);
	}
};

function findMigrations(env: Env, options: MigrationOptions): RunnableMigration<Queryable>[] {
	const root = options.root ?? projectRoot;
	return globSync("services/*/migrations/[0-9]*.ts", { cwd: root })
		.map((path) => path.replaceAll("\\", "/"))
		.filter((path) => !path.endsWith(".test.ts"))
		.filter((path) => options.services?.includes(path.split("/")[1] ?? "") ?? true)
		.sort()
		.map((path) => ({
			// "users/0001-users"
			name: path.replace(/^services\/([^/]+)\/migrations\/(.+)\.ts$/, "$1/$2"),
			async up({ context }) {
				const file = pathToFileURL(join(root, path)).href;
				const migration = (await import(/* @vite-ignore */ file)) as {
					up?: (db: Queryable, env: Env) => Promise<void>;
				};
				if (!migration.up) throw new Error(`${path} exports no up().`);
				await migration.up(context, env);
			}
		}));
}
