/**
 * Coins: who has how many, and every movement. Services that move them do it by `wallets.tx.ts`,
 * inside the transaction of what the coins are for; `docs/MONEY.md` shows all ways of a coin.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, object, oneOf, page, pageParams, Time, Type } from "../../lib/schemas.ts";

/** `coins` are bought and spent, `income` is what a host earned. */
const UserAccount = oneOf("coins", "income");

const SignedCoins = Type.Integer({ minimum: -limits.coinsMax, maximum: limits.coinsMax });

/** What an account holds may be more than a single amount may be. */
const Balance = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Reason = Type.String({ minLength: 1, maxLength: limits.walletReasonCharactersMax });

const Wallet = object({
	userId: Id,
	balance: Balance,
	held: Balance,
	income: Balance,
	frozen: Type.Boolean()
});

const Posted = object({
	transferId: Type.String({ maxLength: 36 }),
	repeated: Type.Boolean({ description: "True when this had been posted before" })
});

export const wallets = contract("wallets", {
	actions: {
		get: {
			summary: "The coins of the signed-in user; hosts also see what they earned.",
			rest: "GET /wallet",
			auth: "user",
			params: Empty,
			returns: object({
				balance: Balance,
				held: Type.Integer({
					minimum: 0,
					description: "Part of the balance that is set aside and cannot be spent"
				}),
				frozen: Type.Boolean({ description: "Nothing can be spent while true" }),
				income: Type.Optional(Balance)
			}),
			read: true
		},
		entries: {
			summary: "Every movement on an account of the signed-in user, the last one first.",
			rest: "GET /wallet/entries",
			auth: "user",
			params: object({ ...pageParams, account: Type.Optional(UserAccount) }),
			returns: page(
				object({
					id: Id,
					amount: SignedCoins,
					balanceAfter: Balance,
					kind: Type.String(),
					reference: Type.String({ description: "Id of the gift, recharge … that moved it" }),
					at: Time
				})
			),
			read: true
		},
		freeze: {
			summary: "Stops a user from spending, by an operator; what comes in still arrives.",
			rest: "POST /admin/wallets/:userId/freeze",
			auth: "operator",
			params: object({ userId: Id, reason: Reason }),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		unfreeze: {
			summary: "Lets a user spend again, by an operator.",
			rest: "POST /admin/wallets/:userId/unfreeze",
			auth: "operator",
			params: object({ userId: Id, reason: Reason }),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		correct: {
			summary: "Gives or takes coins against the platform's own; also while frozen.",
			rest: "POST /admin/wallets/:userId/corrections",
			auth: "operator",
			params: object({
				userId: Id,
				account: Type.Optional(UserAccount),
				amount: SignedCoins,
				reason: Reason
			}),
			returns: object({ ...Posted.properties, balance: Balance }),
			idempotency: "required",
			errors: ["NOT_FOUND", "INSUFFICIENT_BALANCE", "IDEMPOTENCY_CONFLICT", "VALIDATION_FAILED"]
		},
		show: {
			summary: "What a user has, for operators.",
			rest: "GET /admin/wallets/:userId",
			auth: "operator",
			params: object({ userId: Id }),
			returns: Wallet,
			errors: ["NOT_FOUND"],
			read: true
		},
		balances: {
			summary: "What users have, in the order asked for; zeros for those without a wallet yet.",
			auth: "internal",
			params: object({ userIds: Type.Array(Id, { maxItems: limits.idsPerRequestMax }) }),
			returns: object({ items: Type.Array(Wallet) }),
			read: true
		},
		grant: {
			summary: "Gives coins of the platform to a user, once per reference.",
			auth: "internal",
			params: object({
				userId: Id,
				amount: Type.Integer({ minimum: 1, maximum: limits.coinsMax }),
				reference: Type.String({
					pattern: `^[\\x21-\\x7e]{1,${limits.walletReferenceCharactersMax}}$`,
					examples: ["demo:1024"]
				})
			}),
			returns: Posted,
			errors: ["IDEMPOTENCY_CONFLICT"]
		}
	}
});
