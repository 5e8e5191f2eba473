/** A ledger in memory, written from docs/MONEY.md alone: what the real one is compared with. */
import type {
	Account,
	HoldRequest,
	HoldState,
	PostHoldRequest,
	TransferRequest
} from "../../services/wallets/wallets.tx.ts";

export const nameOf = (account: Account): string =>
	"system" in account
		? `${account.system}:${account.currency}`
		: `${account.userId}:${account.kind}`;

interface Place {
	balance: number;
	held: number;
	frozen: boolean;
	readonly isSystem: boolean;
}

interface ModelHold {
	readonly request: HoldRequest;
	state: HoldState;
}

/** Answers each step with the outcome that the real ledger must give. */
export class ModelLedger {
	readonly places = new Map<string, Place>();
	/** What was posted, by intent. */
	readonly posted = new Map<string, TransferRequest>();
	/** By intent. */
	readonly holds = new Map<string, ModelHold>();

	place(account: Account): Place {
		const name = nameOf(account);
		const place = this.places.get(name) ?? {
			...{ balance: 0, held: 0, frozen: false },
			isSystem: "system" in account
		};
		this.places.set(name, place);
		return place;
	}

	transfer(request: TransferRequest): string {
		const before = this.posted.get(request.intent);
		if (before) return said(before) === said(request) ? "repeated" : "conflict";
		for (const { account } of request.legs) this.place(account);
		const debits = request.legs.filter(
			({ account, amount }) => amount < 0 && !this.place(account).isSystem
		);
		if (!request.evenFrozen && debits.some(({ account }) => this.place(account).frozen)) {
			return "frozen";
		}
		for (const { account, amount } of debits) {
			const { balance, held } = this.place(account);
			if (balance - held + amount < 0) return "insufficient";
		}
		for (const { account, amount } of request.legs) this.place(account).balance += amount;
		this.posted.set(request.intent, request);
		return "posted";
	}

	hold(request: HoldRequest): string {
		const before = this.holds.get(request.intent);
		if (before) return saidOfHold(before.request) === saidOfHold(request) ? "repeated" : "conflict";
		const place = this.place(request.account);
		if (place.frozen) return "frozen";
		if (place.balance - place.held < request.amount) return "insufficient";
		place.held += request.amount;
		this.holds.set(request.intent, { request, state: "pending" });
		return "held";
	}

	post(holdIntent: string, transfer: PostHoldRequest["transfer"], now: Date): string {
		const held = this.holds.get(holdIntent);
		if (!held) return "unknown";
		if (held.state !== "pending") {
			const known = this.posted.has(transfer.intent);
			return known ? this.transfer(transfer) : `resolved ${held.state}`;
		}
		const place = this.place(held.request.account);
		if (held.request.expiresAt <= now) {
			this.#release(held, "expired");
			return "resolved expired";
		}
		place.held -= held.request.amount;
		const outcome = this.transfer(transfer);
		if (outcome === "posted") held.state = "posted";
		else place.held += held.request.amount;
		return outcome;
	}

	void(holdIntent: string): string {
		const held = this.holds.get(holdIntent);
		if (!held) return "unknown";
		if (held.state !== "pending") return `resolved ${held.state}`;
		this.#release(held, "void");
		return "voided";
	}

	expire(now: Date): void {
		for (const held of this.holds.values()) {
			if (held.state === "pending" && held.request.expiresAt <= now) this.#release(held, "expired");
		}
	}

	#release(held: ModelHold, state: "void" | "expired"): void {
		this.place(held.request.account).held -= held.request.amount;
		held.state = state;
	}
}

const said = ({ kind, reference, legs }: TransferRequest): string => {
	const moved = legs
		.filter(({ amount }) => amount !== 0)
		.map(({ account, amount }) => `${nameOf(account)} ${amount}`);
	return [kind, reference, ...moved.sort()].join("\n");
};

const saidOfHold = ({ kind, reference, account, amount }: HoldRequest): string =>
	[kind, reference, nameOf(account), amount].join("\n");
