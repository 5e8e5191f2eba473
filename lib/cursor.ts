/**
 * Paging by keyset: the cursor holds the sort key of the last row shown, and the next page starts
 * behind it. Rows that come or go in between are neither skipped nor shown twice, and a deep page
 * costs as little as the first.
 */
import { limits } from "../config/limits.ts";
import { commonErrors } from "./errors.ts";

/** The sort key of a row; its last part must be unique (the id). */
export type Key = readonly (string | number)[];

/** `["number", "string"]` describes the key `[score, id]`. */
export type KeyShape = readonly ("string" | "number")[];

export type KeyOf<Shape extends KeyShape> = {
	-readonly [I in keyof Shape]: Shape[I] extends "number" ? number : string;
};

/** Opaque for clients: they hand it back and never look into it. */
export function encodeCursor(key: Key): string {
	const cursor = Buffer.from(JSON.stringify(key)).toString("base64url");
	if (cursor.length > limits.cursorCharactersMax) {
		throw new RangeError(`A cursor of ${cursor.length} characters would be refused later.`);
	}
	return cursor;
}

/** Throws BAD_REQUEST unless the cursor is one that `encodeCursor` made of a key of this shape. */
export function decodeCursor<const Shape extends KeyShape>(
	cursor: string,
	shape: Shape
): KeyOf<Shape> {
	const key = parse(cursor);
	const fits =
		Array.isArray(key) &&
		key.length === shape.length &&
		key.every((part, index) => typeof part === shape[index]);
	// Encoding it again catches stray characters, which base64 decoders skip in silence.
	if (!fits || encodeCursor(key) !== cursor) throw commonErrors.BAD_REQUEST({ field: "cursor" });
	return key as KeyOf<Shape>;
}

function parse(cursor: string): unknown {
	if (cursor.length > limits.cursorCharactersMax) return undefined;
	try {
		return JSON.parse(Buffer.from(cursor, "base64url").toString());
	} catch {
		return undefined;
	}
}

/** One page of `limit + 1` rows: the surplus row only says that there is another page. */
export function pageOf<Row>(
	rows: readonly Row[],
	limit: number,
	keyOf: (row: Row) => Key
): { items: Row[]; nextCursor: string | null } {
	const items = rows.slice(0, limit);
	const last = items.at(-1);
	const hasMore = rows.length > limit && last !== undefined;
	return { items, nextCursor: hasMore ? encodeCursor(keyOf(last)) : null };
}
