/**
 * The building blocks of every contract: plain JSON Schema made by TypeBox.
 *
 * Plain objects survive Moleculer's schema cloning and travel in the registry to every node
 * (docs/adr/0002-contracts.md), so one declaration gives types, validation, routes and OpenAPI.
 */
import { type Static, type TObject, type TProperties, type TSchema, Type } from "typebox";
import { limits } from "../config/limits.ts";

export { type Static, type TObject, type TSchema, Type } from "typebox";

/** An object that refuses unknown keys: the only kind a contract may use for params. */
export const object = <const P extends TProperties>(properties: P, options: object = {}) =>
	Type.Object(properties, { additionalProperties: false, ...options });

export const Empty = object({});

/** An id as it travels: a decimal string below 2^53, never a number. */
export const Id = Type.String({
	pattern: "^[1-9][0-9]{0,15}$",
	description: "Decimal id",
	examples: ["1024"]
});

/** A moment in UTC, ISO 8601 with milliseconds. */
export const Time = Type.String({ format: "date-time", examples: ["2026-11-21T09:00:00.000Z"] });

/** Whole coins. */
export const Coins = Type.Integer({ minimum: 0, maximum: limits.coinsMax });

/** Integer minor units (cents) beside their ISO 4217 currency. */
export const MoneySchema = object({
	amount: Type.Integer({ minimum: 0, maximum: limits.moneyMinorUnitsMax }),
	currency: Type.String({ pattern: "^[A-Z]{3}$" })
});

/** Something to be seen, on one line. */
export const line = (charactersMax: number, example: string) =>
	Type.String({
		pattern: "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$",
		maxLength: charactersMax,
		examples: [example]
	});

/** Params that every list takes. */
export const pageParams = {
	limit: Type.Optional(
		Type.Integer({ minimum: 1, maximum: limits.pageItemsMax, default: limits.pageItemsDefault })
	),
	cursor: Type.Optional(Type.String({ maxLength: limits.cursorCharactersMax }))
};

/** `{ items, nextCursor }`; `nextCursor` is null on the last page. */
export const page = <const S extends TSchema>(item: S) =>
	object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) });

/** One of a closed set of words. */
export const oneOf = <const T extends string[]>(...words: T) =>
	Type.Unsafe<T[number]>({ type: "string", enum: words });

/** A value or null. */
export const nullable = <const S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** What an action with `download: true` answers: the bytes from `offset` on, and of which whole. */
export const filePiece = <const S extends TSchema>(type: S) =>
	object({
		type,
		size: Type.Integer({ minimum: 0 }),
		bytes: Type.Unsafe<Buffer>({ description: "At most limits.filePieceBytesMax" })
	});

export type FilePiece = Static<ReturnType<typeof filePiece<ReturnType<typeof Type.String>>>>;

export type ObjectSchema = TObject;
