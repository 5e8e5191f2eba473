/** Fresh secrets for a production deployment. */
import { randomBytes } from "node:crypto";
import type { developmentSecrets } from "../../config/env.schema.ts";

const makers: { readonly [K in keyof typeof developmentSecrets]: () => string } = {
	MASTER_SECRET: () => randomBytes(48).toString("base64url"),
	PHONE_INDEX_KEY: () => randomBytes(32).toString("hex"),
	// The id lets a later key stand in front while this one still decrypts.
	PHONE_KEYS: () => `k1:${randomBytes(32).toString("hex")}`
};

/** Every secret that production demands, new at each call. */
export const freshSecrets = (): Record<string, string> =>
	Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make()]));
