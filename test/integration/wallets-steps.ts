/** What may happen to a ledger, at random: the steps of a life that the model test lives twice. */
import fc from "fast-check";
import type { Account, HoldRequest, TransferRequest } from "../../services/wallets/wallets.tx.ts";

export const users: readonly Account[] = [
	{ userId: "1001", kind: "coins" },
	{ userId: "1002", kind: "coins" },
	{ userId: "1003", kind: "coins" },
	{ userId: "1003", kind: "income" }
];
export const accounts: readonly Account[] = [
	...users,
	{ system: "platform", currency: "COIN" },
	{ system: "world", currency: "COIN" }
];
export const cash: readonly Account[] = [
	{ system: "provider", currency: "USD" },
	{ system: "world", currency: "USD" }
];

export type Step =
	| { do: "transfers"; requests: readonly TransferRequest[] }
	| { do: "hold"; request: HoldRequest }
	| { do: "post"; hold: number; amount: number; intent: string }
	| { do: "void"; hold: number }
	| { do: "expire" }
	/** One of the last steps once more, word by word. */
	| { do: "again"; back: number }
	| { do: "freeze"; account: Account; frozen: boolean };

/** Few intents and small amounts, so that repeats, conflicts and empty accounts are common. */
const intent = fc.nat(140).map((number) => `intent:${number}`);
const holdIntent = fc.nat(11).map((number) => `hold:${number}`);
const amount = fc.integer({ min: 1, max: 40 });
const user = fc.constantFrom(...users.filter((account) => "userId" in account));

/** One payer, one or two who are paid, now and then beside a movement of money. */
const transfer: fc.Arbitrary<TransferRequest> = fc
	.record({
		intent,
		amount,
		share: fc.nat(40),
		places: fc.shuffledSubarray([...accounts], { minLength: 3, maxLength: 3 }),
		withCash: fc.integer({ min: 0, max: 4 }),
		evenFrozen: fc.boolean()
	})
	.map(({ places, share, withCash, ...each }) => {
		const [payer, paid, other] = places as [Account, Account, Account];
		const rest = Math.max(0, each.amount - share);
		const legs = [
			{ account: payer, amount: -each.amount },
			{ account: paid, amount: each.amount - rest },
			{ account: other, amount: rest }
		];
		const [provider, world] = cash as [Account, Account];
		const money = [
			{ account: provider, amount: 7 },
			{ account: world, amount: -7 }
		];
		return {
			...{ intent: each.intent, kind: "gift", reference: each.intent },
			legs: withCash === 0 ? [...legs, ...money] : legs,
			evenFrozen: each.evenFrozen
		};
	});

/** Coins from outside, so that there is something to move. */
const recharge: fc.Arbitrary<TransferRequest> = fc
	.record({ intent, user, amount })
	.map(({ intent: name, user: account, amount: coins }) => ({
		...{ intent: name, kind: "recharge", reference: name },
		legs: [
			{ account: { system: "world", currency: "COIN" }, amount: -coins },
			{ account, amount: coins }
		]
	}));

export const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc
			.array(fc.oneof(transfer, recharge), { minLength: 1, maxLength: 12 })
			.map((requests) => ({ do: "transfers" as const, requests }))
	},
	{
		weight: 3,
		arbitrary: fc
			.record({ name: holdIntent, user, amount, late: fc.nat(2) })
			.map(({ name, user: account, amount: coins, late }) => ({
				do: "hold" as const,
				request: {
					...{ intent: name, kind: "order", reference: name, amount: coins },
					account: account as HoldRequest["account"],
					expiresAt: new Date(Date.now() + (late === 0 ? -1 : 3_600_000))
				}
			}))
	},
	{
		weight: 5,
		arbitrary: fc
			.record({ hold: fc.nat(), amount, intent })
			.map((each) => ({ do: "post" as const, ...each }))
	},
	fc.nat().map((place) => ({ do: "void" as const, hold: place })),
	fc.constant({ do: "expire" as const }),
	{ weight: 4, arbitrary: fc.nat(3).map((back) => ({ do: "again" as const, back })) },
	{
		weight: 4,
		arbitrary: fc
			.record({ account: user, frozen: fc.boolean() })
			.map((each) => ({ do: "freeze" as const, ...each }))
	}
);

export const beginning: Step = {
	do: "transfers",
	requests: users.map((account, index) => ({
		...{ intent: `beginning:${index}`, kind: "recharge", reference: `beginning:${index}` },
		legs: [
			{ account: { system: "world", currency: "COIN" }, amount: -45 },
			{ account, amount: 45 }
		]
	}))
};
