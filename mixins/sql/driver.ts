/**
 * The little that a dialect does for us. Queries go past Sequelize to the driver's connection:
 * `sequelize.query` costs several times the query itself on a short statement.
 */
import type { Sequelize } from "sequelize";
import type { SqlValue } from "./values.ts";

/** A connection as Sequelize knows it: models of Sequelize can join a transaction through it. */
export interface Connection {
	uuid?: string | undefined;
}

export interface Result {
	readonly rows: Record<string, unknown>[];
	readonly affectedRows: number;
}

export interface Driver {
	readonly dialect: "sqlite" | "mysql";
	/** Opens a transaction that may write. */
	readonly begin: string;
	readonly sequelize: Sequelize;
	readonly hasReplica: boolean;
	acquire(target: "primary" | "replica"): Promise<Connection>;
	release(connection: Connection): void;
	/** For a connection in an unknown state. */
	destroy(connection: Connection): Promise<void>;
	run(connection: Connection, text: string, values: readonly SqlValue[]): Promise<Result>;
	/** One statement on a connection of its own. */
	single(target: "primary" | "replica", text: string, values: readonly SqlValue[]): Promise<Result>;
	/** False when the database itself has ended the transaction of this connection. */
	inTransaction(connection: Connection): boolean;
	close(): Promise<void>;
}
