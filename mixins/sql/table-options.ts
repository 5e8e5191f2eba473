import type { Queryable } from "./queryable.ts";

/**
 * What stands after the closing bracket of CREATE TABLE. Texts are compared byte by byte, as
 * SQLite does it: with the usual collations `a` = `A` = `ä`, also in unique keys.
 */
export const tableOptions = (db: Queryable): string =>
	db.dialect === "mysql" ? "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin" : "";
