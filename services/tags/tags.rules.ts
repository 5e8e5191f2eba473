/**
 * Tags are bits of one number per user. The number is a BIGINT and a `bigint`: the bit operators
 * of a JavaScript `number` cut it to 32 bits.
 */

/**
 * What a user may carry, and the bit that stands for it: 0 to 61, never given to another tag. A
 * ban is no tag: it is a status of the user, and ends sessions too.
 */
export const tagBits = {
	/** May go live. */
	host: 0,
	/** May use the operator's pages. */
	operator: 1,
	/** The person or shop behind the account is known to the platform. */
	verified: 2,
	vip: 3
} as const;

export type Tag = keyof typeof tagBits;

export const tagNames = Object.keys(tagBits) as Tag[];

/** The number with only the bit of `tag` set. */
export const bitOf = (tag: Tag): bigint => 1n << BigInt(tagBits[tag]);

/** The tags whose bits are set, in the order of `tagBits`. Bits without a name are passed over. */
export const tagsOf = (bits: bigint): Tag[] => tagNames.filter((tag) => (bits & bitOf(tag)) !== 0n);
