import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { openSql } from "./index.ts";
import { migrate, migrationStatus } from "./migrations.ts";

const table = (name: string, more = "") => `
	export async function up(db) {
		await db.execute("CREATE TABLE IF NOT EXISTS ${name} (id BIGINT PRIMARY KEY)");
		${more}
	}
`;

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`migrations on ${backend.name}`, () => {
		let opened: Opened;
		let root: string;

		beforeEach(async () => {
			opened = await backend.open();
			root = mkdtempSync(join(tmpdir(), "live-commerce-migrations-"));
			write("users/migrations/0002-more.ts", table("users_more"));
			write("users/migrations/0001-users.ts", table("users_all"));
			write("ids/migrations/0001-ids.ts", table("ids_all"));
			write("ids/migrations/0001-ids.test.ts", "throw new Error('a test is no migration');");
			write("ids/ids.model.ts", "throw new Error('neither is a model');");
		});
		afterEach(async () => {
			await opened?.close();
			rmSync(root, { recursive: true, force: true });
		});

		function write(path: string, text: string): void {
			const file = join(root, "services", path);
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, text);
		}
		async function exists(name: string): Promise<boolean> {
			const sql = openSql(opened.env);
			const found = await sql.query(`SELECT 1 FROM ${name}`).then(
				() => true,
				() => false
			);
			await sql.close();
			return found;
		}
		const all = ["ids/0001-ids", "users/0001-users", "users/0002-more"];

		test("runs every file once, services and files in order", async () => {
			expect((await migrationStatus(opened.env, { root })).pending).toEqual(all);
			expect(await migrate(opened.env, { root })).toEqual(all);
			expect(await migrate(opened.env, { root })).toEqual([]);
			expect(await migrationStatus(opened.env, { root })).toEqual({ executed: all, pending: [] });
			expect(await exists("users_more")).toBe(true);
			write("carts/migrations/0001-carts.ts", table("carts_all"));
			expect(await migrate(opened.env, { root })).toEqual(["carts/0001-carts"]);
		});

		test("runs the files of chosen services only", async () => {
			expect(await migrate(opened.env, { root, services: ["ids"] })).toEqual(["ids/0001-ids"]);
			expect(await exists("users_all")).toBe(false);
		});

		test("several nodes may start at once: each file runs once", async () => {
			const insert = "await db.execute('INSERT INTO ids_all VALUES (1)');";
			write("ids/migrations/0002-first-row.ts", `export async function up(db) { ${insert} }`);
			const done = await Promise.all([1, 2, 3].map(() => migrate(opened.env, { root })));
			expect(done.flat().sort()).toEqual([...all, "ids/0002-first-row"].sort());
		});

		test("a file that fails stops the run, is named, and runs when mended", async () => {
			const path = "users/migrations/0002-more.ts";
			write(path, table("users_more", "await db.execute('SELEC 1');"));
			await expect(migrate(opened.env, { root })).rejects.toThrow("users/0002-more");
			// SQLite takes everything back; MySQL has committed what went before.
			expect(await exists("users_all")).toBe(backend.name === "mariadb");
			rmSync(join(root, "services", path));
			write("users/migrations/0003-mended.ts", table("users_more"));
			await migrate(opened.env, { root });
			expect(await exists("users_more")).toBe(true);
		});

		test("a file without up() is refused", async () => {
			write("ids/migrations/0002-empty.ts", "export const down = 1;");
			await expect(migrate(opened.env, { root })).rejects.toThrow("no up()");
		});

		test("the tables of all services of the project come up", async () => {
			const done = await migrate(opened.env);
			expect(done).toContain("ids/0001-segments");
			expect(await migrate(opened.env)).toEqual([]);
		});
	});
}
