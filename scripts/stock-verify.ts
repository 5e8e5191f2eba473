/**
 * `npm run stock:verify` checks every unit: levels against their movements, from the first to the
 * last. Reads only, locks nothing, and may run beside a busy platform. Ends with 1 when something
 * is wrong and says where, with 2 when it could not look.
 */
import { type Verification, verifyStock } from "../services/stock/stock.verify.ts";
import { bookReport, verifyAndExit } from "./verify.ts";

/** What is printed. */
export const stockReportOf = ({ levels, movements, faults }: Verification): string =>
	bookReport("stock", `${levels} levels, ${movements} movements`, faults);

if (import.meta.main) await verifyAndExit(verifyStock, stockReportOf);
