/** Passwords: argon2id with the parameters that OWASP asks for (19 MiB, 2 passes, 1 lane). */
import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/** 2 is argon2id; the library's enum cannot be imported without a compiler. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The same characters typed on another keyboard are the same password. */
const normalise = (password: string): string => password.normalize("NFKC");

export const hashPassword = (password: string): Promise<string> =>
	hash(normalise(password), parameters);

/** Somebody's hash that nobody knows the password of, made when first needed. */
let decoy: Promise<string> | undefined;

/**
 * Without a stored hash (no such user) it takes as long as with one, so that the time of the
 * answer does not tell which names exist.
 */
export async function passwordMatches(
	stored: string | undefined,
	password: string
): Promise<boolean> {
	decoy ??= hashPassword(randomBytes(32).toString("hex"));
	const matches = await verify(stored ?? (await decoy), normalise(password));
	return stored !== undefined && matches;
}
