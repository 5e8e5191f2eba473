/** The flash sales of a room as a page shows them: what was read, and what was told since. Pure. */
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import type { Returns } from "../api/client.ts";

export type Sale = Returns<"flash-sales.list">["items"][number];

/** `soon`: counts down. `sold-out` may still end with units that come back. */
export type Phase = "soon" | "open" | "sold-out" | "over";

/** By the platform's time: its word that a sale opens or ends may come a moment later. */
export function phaseOf({ status, startsAt, endsAt, stock }: Sale, now: number): Phase {
	if (status === "closed" || status === "cancelled" || now >= Date.parse(endsAt)) return "over";
	if (now < Date.parse(startsAt)) return "soon";
	return stock.left > 0 ? "open" : "sold-out";
}

/** So long a sale that is over stays in sight. */
export const farewellMilliseconds = 60_000;

const rankOf: Readonly<Record<Phase, number>> = { open: 0, "sold-out": 1, soon: 2, over: 3 };

/** The one that matters most now: what can be bought, what comes, and what has just ended. */
export function saleToShow(sales: readonly Sale[], now: number): Sale | undefined {
	const shown = sales
		.filter(({ status }) => status !== "cancelled")
		.filter(({ endsAt }) => now < Date.parse(endsAt) + farewellMilliseconds)
		.map((sale) => ({ sale, phase: phaseOf(sale, now) }))
		// Closed by hand long before its time: its end says nothing of when.
		.filter(({ sale, phase }) => phase !== "over" || now >= Date.parse(sale.endsAt));
	const [first] = shown.sort(
		(one, other) =>
			rankOf[one.phase] - rankOf[other.phase] ||
			Date.parse(one.sale.startsAt) - Date.parse(other.sale.startsAt)
	);
	return first?.sale;
}

export interface SaleTold {
	readonly saleId: string;
	readonly status: Sale["status"];
	readonly initial: number;
	readonly left: number;
	readonly sold: number;
	readonly startsAt: string;
	readonly endsAt: string;
	readonly version: number;
}

const statuses: readonly Sale["status"][] = ["scheduled", "open", "closed", "cancelled"];
const isCount = (value: unknown): value is number => typeof value === "number" && value >= 0;

/** Undefined for what is no message about a flash sale. */
export function saleToldBy({ kind, body }: Envelope): SaleTold | undefined {
	if (kind !== "flash-sale") return undefined;
	const { saleId, status, startsAt, endsAt } = body;
	const isNamed = [saleId, startsAt, endsAt].every((word) => typeof word === "string");
	const isCounted = [body.initial, body.left, body.sold, body.version].every(isCount);
	const isKnown = (statuses as readonly unknown[]).includes(status);
	return isNamed && isCounted && isKnown ? (body as unknown as SaleTold) : undefined;
}

/** Undefined when the sale is not among these: it has to be read. */
export function withTold(sales: readonly Sale[], told: SaleTold): readonly Sale[] | undefined {
	const index = sales.findIndex(({ id }) => id === told.saleId);
	const sale = sales[index];
	if (!sale) return undefined;
	const { status, initial, left, sold, startsAt, endsAt } = told;
	return sales.with(index, { ...sale, status, startsAt, endsAt, stock: { initial, left, sold } });
}
