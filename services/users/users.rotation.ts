/** Replaces the key under which stored phones are encrypted, while the platform runs. */
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { findPhonesUnderOtherKeys, resealPhone } from "./users.model.ts";
import type { PhoneVault } from "./users.phones.ts";

export interface RotationOptions {
	readonly rowsPerBatch?: number;
	/** Called after each committed batch with how many were changed so far. */
	readonly onBatch?: (changed: number) => void;
}

/**
 * Encrypts every phone that is not under the vault's first key anew, and returns how many it
 * changed. The rows themselves say what is left, so a run that was killed is simply started again,
 * and two runs at once do no harm. Throws at the first phone whose key the vault does not have.
 */
export async function rotatePhoneKeys(
	db: Sql,
	vault: PhoneVault,
	{ rowsPerBatch = limits.phoneRotationRowsPerBatch, onBatch }: RotationOptions = {}
): Promise<number> {
	let changed = 0;
	for (;;) {
		const batch = await findPhonesUnderOtherKeys(db, vault.keyId, rowsPerBatch);
		if (batch.length === 0) return changed;
		const pairs = batch.map((before) => {
			const phone = vault.open(before, before.userId);
			return { before, after: vault.seal(phone, before.userId) };
		});
		changed += await db.transaction(async (tx) => {
			let count = 0;
			for (const { before, after } of pairs) {
				if (await resealPhone(tx, before, after)) count += 1;
			}
			return count;
		});
		onBatch?.(changed);
	}
}
