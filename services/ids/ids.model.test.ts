import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { claim } from "./ids.model.ts";
import type { Generator } from "./ids.rules.ts";
import { up } from "./migrations/0001-segments.ts";

const generator: Generator = { kind: "sequential", first: 1_001, step: 10 };

describe.each(sqlBackends)("claim on $name", (backend) => {
	const closing: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	/** As many connections to one empty database as there would be nodes. */
	async function nodes(count: number): Promise<Sql[]> {
		const { env, close } = await backend.open();
		closing.push(close);
		const opened = Array.from({ length: count }, () => openSql(env));
		closing.push(...opened.map((db) => () => db.close()));
		await up(opened[0] as Sql);
		return opened;
	}

	it.skipIf(!backend.available)("begins at the first value and takes whole steps", async () => {
		const [db] = (await nodes(1)) as [Sql];
		expect(await claim(db, "users", { generator, steps: 1 })).toEqual({ first: 1_001, size: 10 });
		expect(await claim(db, "users", { generator, steps: 3 })).toEqual({ first: 1_011, size: 30 });
		expect(await claim(db, "users", { generator, steps: 1 })).toEqual({ first: 1_041, size: 10 });
		expect(await claim(db, "other", { generator, steps: 1 })).toEqual({ first: 1_001, size: 10 });
	});

	it.skipIf(!backend.available)("gives each number to one of many at once", async () => {
		// One process is all that SQLite serves, and there all share one connection.
		const opened = await nodes(backend.name === "sqlite" ? 1 : 3);
		const claims = await Promise.all(
			Array.from({ length: 30 }, (_, at) =>
				claim(opened[at % opened.length] as Sql, "users", { generator, steps: 1 + (at % 3) })
			)
		);
		const numbers = claims.flatMap(({ first, size }) =>
			Array.from({ length: size }, (_, at) => first + at)
		);
		expect(new Set(numbers).size).toBe(600);
		expect(Math.min(...numbers)).toBe(1_001);
		expect(Math.max(...numbers)).toBe(1_600);
	});

	it.skipIf(!backend.available)("reads the step that an operator wrote", async () => {
		const [db] = (await nodes(1)) as [Sql];
		await claim(db, "users", { generator, steps: 1 });
		await db.execute("UPDATE ids_segments SET step = 25 WHERE name = ?", ["users"]);
		expect(await claim(db, "users", { generator, steps: 2 })).toEqual({ first: 1_011, size: 50 });
	});

	it.skipIf(!backend.available)("stops before a number that JavaScript cannot hold", async () => {
		const [db] = (await nodes(1)) as [Sql];
		const first = limits.idMax - 15;
		const end = { ...generator, first };
		expect(await claim(db, "users", { generator: end, steps: 1 })).toEqual({ first, size: 10 });
		await expect(claim(db, "users", { generator: end, steps: 1 })).rejects.toThrow("used up");
	});
});
