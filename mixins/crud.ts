/**
 * Plain reading and writing of one table by moleculer-db and its Sequelize adapter, for tables
 * where nothing is hot and nothing is money. The library's own actions are off; handlers of the
 * contract call `this._get`, `_list`, `_create`, `_update` and `_remove`.
 *
 * Filters are an argument of their own, written by the code of the service, and are compared by
 * `=` only: no object out of a request can become a condition. Nothing is cached here.
 */
import type { ServiceBroker } from "moleculer";
import DbService from "moleculer-db";
import SequelizeDbAdapter from "moleculer-db-adapter-sequelize";
import type { Model, ModelAttributes, ModelStatic, Sequelize } from "sequelize";
import { limits } from "../config/limits.ts";
import { commonErrors } from "../lib/errors.ts";
import type { Mixin } from "../lib/service.ts";
import { isUniqueViolation, type Sql, sql } from "./sql/index.ts";

type Scalar = string | number | boolean | Date | null;
type Values<Row> = Partial<Record<keyof Row & string, Scalar>>;

export interface ListParams {
	limit?: number;
	/** Rows to skip; at most `limits.crudOffsetRowsMax`, for reading on is work for the server. */
	offset?: number;
	/** A column from `sortable`, `-` before it for the highest first. */
	sort?: string;
}

export interface Crud<Row> {
	readonly sql: Sql;
	/** For transactions: `this.model.create(row, { transaction: tx.handle })`. */
	readonly model: ModelStatic<Model>;
	/** NOT_FOUND when there is none. Ids come as decimal strings, times as `Date`. */
	_get(ctx: unknown, params: { id: string }): Promise<Row>;
	_list(
		ctx: unknown,
		params: ListParams,
		where?: Values<Row>
	): Promise<{ rows: Row[]; total: number }>;
	/** CONFLICT when a unique key refuses it. */
	_create(ctx: unknown, row: Values<Row>): Promise<Row>;
	/** Changes only the columns given. NOT_FOUND, CONFLICT. */
	_update(ctx: unknown, changes: Values<Row> & { id: string }): Promise<Row>;
	/** NOT_FOUND when there is none. */
	_remove(ctx: unknown, params: { id: string }): Promise<Row>;
}

export interface CrudOptions {
	/** Made by a migration of the service; nothing is ever synchronised from here. */
	readonly table: string;
	/** A function, for Moleculer copies schemas deeply and Sequelize's types do not survive that. */
	readonly columns: () => ModelAttributes;
	/** Columns that `_list` sorts by; have an index on each. */
	readonly sortable?: readonly string[];
}

export function crud<Row extends { id: string }>(options: CrudOptions): Mixin<Crud<Row>> {
	const { actions: _off, ...library } = DbService as unknown as Library;
	const mixin = {
		...library,
		mixins: [sql()],
		adapter: new SharedAdapter(options),
		settings: { ...library.settings, idField: "id" },
		methods: { ...library.methods, ...hardened(options, library.methods) }
	};
	return mixin as unknown as Mixin<Crud<Row>>;
}

type Method = (this: Host, ctx: unknown, params: Record<string, unknown>) => Promise<unknown>;
type Methods = Record<"_get" | "_list" | "_create" | "_update" | "_remove", Method>;
interface Library {
	actions: unknown;
	settings: object;
	methods: Methods;
}
interface Host {
	readonly model: ModelStatic<Model>;
}

/** The methods of the library behind checks of what they are given. */
function hardened({ sortable = ["id"] }: CrudOptions, library: Methods) {
	return {
		async _get(this: Host, ctx: unknown, { id }: { id: unknown }) {
			return notFound(() => library._get.call(this, ctx, { id: identifier(id) }));
		},
		async _list(this: Host, ctx: unknown, params: ListParams, where: object = {}) {
			const { rows, total } = (await library._list.call(this, ctx, {
				limit: whole("limit", params.limit ?? limits.pageItemsDefault, limits.pageItemsMax),
				offset: whole("offset", params.offset ?? 0, limits.crudOffsetRowsMax),
				sort: [order(params.sort ?? "id", sortable)],
				query: scalars(this.model, where)
			})) as { rows: unknown[]; total: number };
			return { rows, total };
		},
		async _create(this: Host, ctx: unknown, row: object) {
			return conflict(() => library._create.call(this, ctx, scalars(this.model, row)));
		},
		async _update(this: Host, ctx: unknown, { id, ...changes }: { id: unknown }) {
			const safe = { ...scalars(this.model, changes), id: identifier(id) };
			return notFound(() => conflict(() => library._update.call(this, ctx, safe)));
		},
		async _remove(this: Host, ctx: unknown, { id }: { id: unknown }) {
			return notFound(() => library._remove.call(this, ctx, { id: identifier(id) }));
		},
		/** The library broadcasts a clearing of caches at each write; there are none of its kind. */
		clearCache: async () => undefined
	};
}

/** One shared Sequelize instead of one per service, no `sync()`, and an update without a read. */
class SharedAdapter extends SequelizeDbAdapter {
	// Plain members: Moleculer copies the adapter with the schema, and private ones would be lost.
	declare db: Sequelize;
	declare model: ModelStatic<Model>;
	declare service: { sql: Sql; model: ModelStatic<Model> };
	readonly options: CrudOptions;

	constructor(options: CrudOptions) {
		super({});
		this.options = options;
	}

	override init(_broker: ServiceBroker, service: unknown): void {
		this.service = service as SharedAdapter["service"];
	}

	/** The connection is that of `mixins/sql`, which has started before. */
	override async connect(): Promise<void> {
		const { table, columns } = this.options;
		this.db = this.service.sql.sequelize;
		this.model = this.db.define(table, columns(), {
			tableName: table,
			timestamps: false,
			freezeTableName: true
		});
		this.service.model = this.model;
	}

	/** Its owner closes it. */
	override async disconnect(): Promise<void> {}

	/** The library reads the row and writes it back, which loses what others wrote between. */
	override async updateById(id: string, update: object): Promise<object> {
		const { $set } = update as { $set: object };
		if (Object.keys($set).length > 0) await this.model.update($set, { where: { id } });
		// Null is how the library learns that there is no such row; its types do not say so.
		return (await this.model.findByPk(id)) as object;
	}

	/** BIGINT is a number or a string, depending on its size; ids are strings everywhere. */
	override entityToObject(entity: Model): Record<string, unknown> {
		const row = entity.get({ plain: true }) as Record<string, unknown>;
		for (const [name, { type }] of Object.entries(this.model.getAttributes())) {
			const big = (type as { key?: string }).key === "BIGINT";
			if (big && row[name] !== null && row[name] !== undefined) row[name] = String(row[name]);
		}
		return row;
	}
}

const invalid = (path: string) => commonErrors.VALIDATION_FAILED({ path });

function identifier(id: unknown): string {
	if (typeof id === "string" && /^[0-9]{1,19}$/.test(id)) return id;
	throw invalid("id");
}

function whole(path: string, value: number, max: number): number {
	if (Number.isInteger(value) && value >= 0) return Math.min(value, max);
	throw invalid(path);
}

function order(sort: unknown, sortable: readonly string[]): string {
	if (typeof sort === "string" && sortable.includes(sort.replace(/^-/, ""))) return sort;
	throw invalid("sort");
}

const plain: ReadonlySet<string> = new Set(["string", "number", "boolean", "undefined"]);

/** Only known columns, only single values. */
function scalars(model: ModelStatic<Model>, given: object): Record<string, Scalar> {
	const columns = model.getAttributes();
	const values: Record<string, Scalar> = {};
	for (const name of Reflect.ownKeys(given)) {
		const value: unknown = Reflect.get(given, name);
		const single = value === null || value instanceof Date || plain.has(typeof value);
		if (typeof name !== "string" || !Object.hasOwn(columns, name) || !single) {
			throw invalid(String(name));
		}
		if (value !== undefined) values[name] = value as Scalar;
	}
	return values;
}

async function notFound<T>(run: () => Promise<T>): Promise<T> {
	try {
		return await run();
	} catch (error) {
		// The library throws a class of its own, which does not survive the wire.
		if (error instanceof Error && error.name === "EntityNotFoundError") {
			throw commonErrors.NOT_FOUND();
		}
		throw error;
	}
}

async function conflict<T>(run: () => Promise<T>): Promise<T> {
	try {
		return await run();
	} catch (error) {
		if (isUniqueViolation(error)) throw commonErrors.CONFLICT();
		throw error;
	}
}
