/** Databases with the tables of some services, for tests of models: they end with their test. */
import { afterEach } from "vitest";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import type { Backend, sqlBackends } from "./backends.ts";

/** Call inside `describe`; what it returns opens a new, empty database each time. */
export function databasesOf(
	backend: Backend<(typeof sqlBackends)[number]["name"]>,
	services: readonly string[]
): () => Promise<Sql> {
	const closing: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});
	return async () => {
		const { env, close } = await backend.open();
		closing.push(close);
		await migrate(env, { services });
		const db = openSql(env);
		closing.push(() => db.close());
		return db;
	};
}
