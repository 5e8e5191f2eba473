/**
 * Replaces the key of the stored phones.
 *
 * 1. Put the new key first in `PHONE_KEYS`, keep the old one after it, restart the nodes.
 * 2. Run `node scripts/rotate-phone-keys.ts`; start it again if it was interrupted.
 * 3. When it says that nothing is left, take the old key out of `PHONE_KEYS`.
 */
import { loadEnv } from "../config/env.ts";
import { openSql } from "../mixins/sql/index.ts";
import { PhoneVault } from "../services/users/users.phones.ts";
import { rotatePhoneKeys } from "../services/users/users.rotation.ts";

const env = loadEnv();
const vault = new PhoneVault(env.secrets);
const db = openSql(env);
try {
	const changed = await rotatePhoneKeys(db, vault, {
		onBatch: (count) => console.log(`${count} phones are under key "${vault.keyId}" now.`)
	});
	console.log(`Done: ${changed} changed, nothing is left under another key.`);
} finally {
	await db.close();
}
