/**
 * `npm run ledger:verify` checks every coin: accounts against their entries, transfers against what
 * was asked, holds and sums. Reads only, locks nothing, and may run beside a busy platform. Ends
 * with 1 when something is wrong and says where, with 2 when it could not look.
 */
import { type Verification, verifyLedger } from "../services/wallets/wallets.verify.ts";
import { bookReport, verifyAndExit } from "./verify.ts";

/** What is printed. */
export function reportOf({ accounts, entries, transfers, holds, faults }: Verification): string {
	const counts = `${accounts} accounts, ${entries} entries, ${transfers} transfers, ${holds} holds`;
	return bookReport("ledger", counts, faults);
}

if (import.meta.main) await verifyAndExit(verifyLedger, reportOf);
