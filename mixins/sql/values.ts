/** What may stand for a `?`, and how each dialect writes it. */

export type SqlValue = string | number | bigint | boolean | null | Date | Buffer;

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);

/**
 * Refuses everything that a driver would bend into SQL: mysql2 expands objects and arrays into
 * `a = b` lists, which turns a body such as `{"password": {"password": 1}}` into a true condition.
 * Numbers that lost digits are refused too. Throws `TypeError`, which is a bug of the caller.
 */
function check(value: unknown, index: number): asserts value is SqlValue {
	const kind = typeof value;
	if (kind === "string" || kind === "boolean" || value === null || Buffer.isBuffer(value)) return;
	if (kind === "number") {
		const number = value as number;
		if (Number.isSafeInteger(number) || (Number.isFinite(number) && number % 1 !== 0)) return;
		throw new TypeError(`SQL value ${index + 1} is a number that SQL cannot hold exactly.`);
	}
	if (kind === "bigint") {
		if ((value as bigint) >= int64Min && (value as bigint) <= int64Max) return;
		throw new TypeError(`SQL value ${index + 1} does not fit into 64 bits.`);
	}
	if (value instanceof Date) {
		const year = value.getUTCFullYear();
		if (year >= 1000 && year <= 9999) return;
		throw new TypeError(`SQL value ${index + 1} is not a moment that DATETIME can hold.`);
	}
	throw new TypeError(`SQL value ${index + 1} must be a plain value, not ${kind}.`);
}

/** The text between the placeholders. Each `?` is one, also in quotes: make such text a value. */
const split = (text: string, values: readonly SqlValue[]): string[] => {
	const parts = text.split("?");
	if (parts.length - 1 !== values.length) {
		throw new TypeError(`The SQL has ${parts.length - 1} places for ${values.length} values.`);
	}
	return parts;
};

/** `2026-11-21 09:00:00.000`: sorts as text in the order of time. */
export const dateText = (date: Date): string => {
	const iso = date.toISOString();
	return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
};

/** What node:sqlite binds. Whole numbers become bigints, else SQLite would store them as floats. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

export function sqliteValue(value: SqlValue): SqliteValue {
	if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
	if (typeof value === "boolean") return value ? 1n : 0n;
	// The form that Sequelize writes, so that both can compare what the other wrote.
	if (value instanceof Date) return `${dateText(value)} +00:00`;
	return value;
}

export function sqliteValues(text: string, values: readonly SqlValue[]): SqliteValue[] {
	split(text, values);
	return values.map((value, index) => {
		check(value, index);
		return sqliteValue(value);
	});
}

/** `quote` escapes a string or a buffer for the connection's character set. */
export function mysqlText(
	text: string,
	values: readonly SqlValue[],
	quote: (value: string | Buffer) => string
): string {
	const parts = split(text, values);
	let whole = parts[0] as string;
	for (const [index, value] of values.entries()) {
		check(value, index);
		whole += literal(value, quote) + parts[index + 1];
	}
	return whole;
}

function literal(value: SqlValue, quote: (value: string | Buffer) => string): string {
	if (value === null) return "NULL";
	if (typeof value === "number" || typeof value === "bigint") return String(value);
	if (typeof value === "boolean") return value ? "1" : "0";
	if (value instanceof Date) return `'${dateText(value)}'`;
	return quote(value);
}

/** `placeholders(2, 3)` is `(?,?,?),(?,?,?)`: the values of a multi-row INSERT. */
export const placeholders = (rows: number, columns: number): string => {
	const row = `(${Array(columns).fill("?").join(",")})`;
	return Array(rows).fill(row).join(",");
};

/** A number where it is exact, else its digits: the same rule on both dialects. */
export const exactInteger = (digits: string | bigint): number | string => {
	const number = Number(digits);
	return Number.isSafeInteger(number) ? number : String(digits);
};
