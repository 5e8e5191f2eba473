/** Where users have things sent. Each user has at most one default. */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, line, nullable, object, Type } from "../../lib/schemas.ts";

const parts = {
	name: line(limits.addressNameCharactersMax, "Kim Minji"),
	phone: Type.String({
		pattern: "^\\+?[0-9][0-9 ()-]{3,30}$",
		maxLength: limits.addressPhoneCharactersMax,
		examples: ["+82 10-1234-5678"]
	}),
	country: Type.String({
		pattern: "^[A-Z]{2}$",
		examples: ["KR"],
		description: "ISO 3166-1, two letters"
	}),
	city: line(limits.addressCityCharactersMax, "Seoul"),
	line1: line(limits.addressLineCharactersMax, "12 Sejong-daero")
};
const Line2 = line(limits.addressLineCharactersMax, "Floor 3");
const PostalCode = Type.String({
	pattern: "^[A-Za-z0-9][A-Za-z0-9 -]*$",
	maxLength: limits.addressPostalCodeCharactersMax,
	examples: ["04524"]
});

export const Address = object({
	id: Id,
	...parts,
	line2: nullable(Line2),
	postalCode: PostalCode,
	isDefault: Type.Boolean()
});

const OneAddress = object({ id: Id });
const owned = { auth: "user", owner: "findOwned" } as const;
const rateLimit = { count: limits.addressChangesPerHourMax, seconds: 3600, by: "user" } as const;

export const addresses = contract("addresses", {
	actions: {
		list: {
			summary: "The addresses of the signed-in user, the default first.",
			rest: "GET /addresses",
			auth: "user",
			params: Empty,
			returns: object({ items: Type.Array(Address) }),
			read: true
		},
		get: {
			summary: "One address of the signed-in user.",
			rest: "GET /addresses/:id",
			...owned,
			params: OneAddress,
			returns: Address,
			errors: ["NOT_FOUND"],
			read: true
		},
		create: {
			summary: "Adds an address; the first one is the default.",
			rest: "POST /addresses",
			auth: "user",
			status: 201,
			params: object({
				...parts,
				line2: Type.Optional(nullable(Line2)),
				postalCode: PostalCode,
				isDefault: Type.Optional(Type.Boolean())
			}),
			returns: Address,
			rateLimit,
			errors: ["TOO_MANY_ADDRESSES", "COUNTRY_UNKNOWN"]
		},
		update: {
			summary: "Changes an address; `isDefault: true` makes it the only default.",
			rest: "PATCH /addresses/:id",
			...owned,
			params: object(
				{
					id: Id,
					name: Type.Optional(parts.name),
					phone: Type.Optional(parts.phone),
					country: Type.Optional(parts.country),
					city: Type.Optional(parts.city),
					line1: Type.Optional(parts.line1),
					line2: Type.Optional(nullable(Line2)),
					postalCode: Type.Optional(PostalCode),
					isDefault: Type.Optional(Type.Literal(true))
				},
				{ minProperties: 2 }
			),
			returns: Address,
			rateLimit,
			errors: ["NOT_FOUND", "COUNTRY_UNKNOWN"]
		},
		remove: {
			summary: "Deletes an address; orders keep their copy. The newest left is the default then.",
			rest: "DELETE /addresses/:id",
			...owned,
			params: OneAddress,
			returns: Empty,
			errors: ["NOT_FOUND"]
		},
		find: {
			summary: "An address of that user, or null when it is not theirs.",
			auth: "internal",
			params: object({ userId: Id, id: Id }),
			returns: object({ address: nullable(Address) }),
			read: true
		}
	}
});
