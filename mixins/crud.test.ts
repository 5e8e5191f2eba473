/** A small service on moleculer-db: what comes in from a client never becomes a condition. */
import { ServiceBroker as Broker, type ServiceBroker } from "moleculer";
import { DataTypes } from "sequelize";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bindEnv } from "../config/env.ts";
import { limits } from "../config/limits.ts";
import { contract } from "../lib/contract.ts";
import { object, Type } from "../lib/schemas.ts";
import { service } from "../lib/service.ts";
import { type Opened, sqlBackends } from "../test/harness/backends.ts";
import { crud } from "./crud.ts";
import { openSql, type Sql, tableOptions } from "./sql/index.ts";

interface Shelf {
	id: string;
	owner_id: string;
	name: string;
	made_at: Date;
}

/** As careless as a contract can be: everything goes through to the methods. */
const anything = object({}, { additionalProperties: true });
const careless = { summary: "x", auth: "internal", params: anything, returns: Type.Any() } as const;
const shelves = contract("shelves", {
	actions: {
		get: careless,
		list: careless,
		mine: careless,
		create: careless,
		update: careless,
		remove: careless
	}
});

const shelvesService = service(shelves, {
	mixins: [
		crud<Shelf>({
			table: "shelves",
			columns: () => ({
				id: { type: DataTypes.BIGINT, primaryKey: true },
				owner_id: DataTypes.BIGINT,
				name: DataTypes.STRING,
				made_at: DataTypes.DATE(3)
			}),
			sortable: ["id", "name"]
		})
	],
	actions: {
		get(ctx) {
			return this._get(ctx, ctx.params as never);
		},
		list(ctx) {
			return this._list(ctx, ctx.params as never);
		},
		mine(ctx) {
			return this._list(ctx, {}, ctx.params as never);
		},
		create(ctx) {
			return this._create(ctx, ctx.params as never);
		},
		update(ctx) {
			return this._update(ctx, ctx.params as never);
		},
		remove(ctx) {
			return this._remove(ctx, ctx.params as never);
		}
	}
});

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`crud on ${backend.name}`, () => {
		let opened: Opened;
		let sql: Sql;
		let broker: ServiceBroker;
		const call = (action: string, params: object = {}) =>
			broker.call<unknown, object>(`shelves.${action}`, params);

		beforeAll(async () => {
			opened = await backend.open();
			sql = openSql(opened.env);
			await sql.execute(
				`CREATE TABLE shelves (id BIGINT NOT NULL PRIMARY KEY, owner_id BIGINT,
				name VARCHAR(50) UNIQUE, made_at DATETIME(3)) ${tableOptions(sql)}`
			);
			broker = new Broker({
				logger: false,
				skipProcessEventRegistration: true,
				validator: false,
				created: (created) => bindEnv(created, opened.env)
			});
			broker.createService(shelvesService);
			await broker.start();
		});
		beforeEach(async () => {
			await sql.execute("DELETE FROM shelves");
			await sql.execute(
				"INSERT INTO shelves VALUES (1, 7, 'b', NULL), (2, 7, 'c', NULL), (3, 8, 'a', NULL)"
			);
		});
		afterAll(async () => {
			await broker?.stop();
			await sql?.close();
			await opened?.close();
		});
		const names = async (params: object) =>
			((await call("list", params)) as { rows: Shelf[] }).rows.map(({ name }) => name);

		test("creates, reads, changes and removes; ids are strings and times are dates", async () => {
			const row = { id: "9007199254740993", owner_id: "7", name: "new", made_at: new Date(123) };
			expect(await call("create", row)).toMatchObject({ ...row });
			expect(await call("get", { id: row.id })).toEqual(row);
			expect(await call("update", { id: row.id, name: "newer" })).toEqual({
				...row,
				name: "newer"
			});
			// The same again changes nothing and is no "not found".
			expect(await call("update", { id: row.id, name: "newer" })).toMatchObject({ name: "newer" });
			await call("remove", { id: row.id });
			for (const action of ["get", "update", "remove"]) {
				await expect(call(action, { id: row.id })).rejects.toMatchObject({ type: "NOT_FOUND" });
			}
		});

		test("lists a page in a known order", async () => {
			expect(await names({})).toEqual(["b", "c", "a"]);
			expect(await names({ sort: "name", limit: 2 })).toEqual(["a", "b"]);
			expect(await names({ sort: "-name", limit: 1, offset: 1 })).toEqual(["b"]);
			expect(await call("list", { limit: 1 })).toMatchObject({ total: 3 });
			expect(await names({ limit: limits.pageItemsMax + 1 })).toHaveLength(3);
			expect(await call("mine", { owner_id: "7" })).toMatchObject({ total: 2 });
		});

		test("a taken unique key is a CONFLICT", async () => {
			const taken = { id: "4", owner_id: "7", name: "a" };
			await expect(call("create", taken)).rejects.toMatchObject({ type: "CONFLICT" });
			const renamed = call("update", { id: "1", name: "a" });
			await expect(renamed).rejects.toMatchObject({ type: "CONFLICT" });
		});

		test.each<[object]>([
			[{ query: { owner_id: 7 } }],
			[{ query: '{"owner_id":7}' }],
			[{ where: { owner_id: 7 } }],
			[{ search: "a", searchFields: "name" }],
			[{ fields: ["name"], populate: ["x"], excludeFields: ["id"] }]
		])("%j of a client changes nothing in a list", async (params) => {
			expect(await call("list", params)).toMatchObject({
				total: 3,
				rows: [{ id: "1", owner_id: "7" }, {}, {}]
			});
		});

		test.each<[string, object]>([
			["get", { id: { $gt: 0 } }],
			["get", { id: ["1", "2"] }],
			["get", { id: "1 OR 1=1" }],
			["get", {}],
			["list", { sort: "owner_id" }],
			["list", { sort: "name;DROP TABLE shelves" }],
			["list", { sort: ["name"] }],
			["list", { limit: -1 }],
			["list", { limit: "1" }],
			["list", { offset: 0.5 }],
			["mine", { owner_id: { ne: 1 } }],
			["mine", { owner_id: ["7", "8"] }],
			["mine", { "1=1 OR name": "a" }],
			["mine", { [Symbol.for("or")]: [] }],
			["create", { id: "4", secret: true }],
			["create", { id: "4", name: { toString: "a" } }],
			["create", JSON.parse('{"id":"4","__proto__":{"name":"x"}}')],
			["update", { id: "1", name: ["x"] }],
			["update", { id: { $gt: 0 }, name: "x" }],
			["remove", { id: { $gt: 0 } }]
		])("%s refuses %j", async (action, params) => {
			const refused = { type: "VALIDATION_FAILED" };
			await expect(call(action, params)).rejects.toMatchObject(refused);
			const rows = await sql.query("SELECT name FROM shelves ORDER BY id");
			expect(rows).toEqual([{ name: "b" }, { name: "c" }, { name: "a" }]);
		});

		test("the library's own actions are off, and its adapter shares our connection", async () => {
			const actions = broker.registry.getActionList({ onlyLocal: true, skipInternal: true });
			expect(actions.map(({ name }) => name).sort()).toEqual(
				["create", "get", "list", "mine", "remove", "update"].map((name) => `shelves.${name}`)
			);
			const local = broker.getLocalService("shelves") as unknown as {
				sql: Sql;
				adapter: { db: unknown };
			};
			expect(local.adapter.db).toBe(local.sql.sequelize);
			const forgetful = local.sql.transaction(() => call("get", { id: "1" }));
			await expect(forgetful).rejects.toMatchObject({ type: "QUERY_OUTSIDE_TRANSACTION" });
		});
	});
}
