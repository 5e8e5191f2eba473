/**
 * Every call of an operator's action that changes something stands in the audit log twice: a row
 * `begun` before it runs, and a row with its outcome after it, also when it failed.
 *
 * Before, because a crash in between must leave a trace: a `begun` without an outcome says "this
 * was tried, and nobody knows how it ended". And what cannot be recorded does not happen: when the
 * first row cannot be written, the call is refused. When only the outcome cannot be written the
 * act is done and the caller is told so; the open `begun` and an error in the log remain.
 *
 * Stands inside `auth` and outside `owner`: what is recorded was done by an operator. Refusals of
 * others do not get in, or anybody could fill the log, and wait for its lock, from outside.
 * Params that do not fit the contract are refused still earlier and have changed nothing.
 */
import type { Middleware, ServiceBroker } from "moleculer";
import { limits } from "../config/limits.ts";
import { redact, scrub } from "../config/observability/redact.ts";
import { type ParamsOf, typed } from "../lib/context.ts";
import { commonErrors, errorType } from "../lib/errors.ts";
import { type PolicyAction, type PolicyContext, policy } from "../lib/policy.ts";

type Entry = ParamsOf<"admin.record">;

export function audit(): Middleware {
	let broker: ServiceBroker;
	/** Not through `ctx.call`: a timeout of the act would also cut off the record of it. */
	const record = async (entry: Entry): Promise<string> => {
		const options = entry.requestId === null ? {} : { requestID: entry.requestId };
		return (await typed(broker).call("admin.record", entry, options)).id;
	};
	const begin = async (entry: Entry): Promise<string> => {
		try {
			return await record(entry);
		} catch (error) {
			broker.logger.error(`${entry.action} was refused, it cannot be recorded:`, error);
			throw commonErrors.UNAVAILABLE();
		}
	};
	const end = async (entry: Entry): Promise<void> => {
		try {
			await record(entry);
		} catch (error) {
			broker.logger.error("This outcome is not in the audit log:", entry, error);
		}
	};

	return policy({
		name: "Audit",
		created(created) {
			broker = created;
		},
		localAction(next, action) {
			if (action.auth !== "operator" || action.read) return next;
			return async function recordAct(ctx) {
				const entry = entryOf(ctx, action);
				const intentId = await begin(entry);
				try {
					const result = await next(ctx);
					await end({ ...entry, intentId, outcome: "ok" });
					return result;
				} catch (error) {
					await end({ ...entry, intentId, outcome: outcomeOf(error) });
					throw error;
				}
			};
		}
	});
}

function entryOf(ctx: PolicyContext, action: PolicyAction): Entry {
	const { user, clientAddress } = ctx.meta;
	if (!user) throw commonErrors.UNAUTHENTICATED();
	return {
		actorId: user.id,
		sessionId: user.sessionId,
		action: action.name,
		target: targetOf(action.rest, ctx.params),
		params: paramsOf(ctx.params),
		outcome: "begun",
		intentId: null,
		requestId: ctx.requestID,
		clientAddress: clientAddress ?? null
	};
}

/** The params of the path, in its order: `POST /admin/users/:id/ban` acts on that user. */
export function targetOf(rest: string | undefined, params: unknown): string | null {
	const names = [...(rest ?? "").matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
	if (names.length === 0) return null;
	const values = names.map((name) => String((params as Record<string, unknown>)[name]));
	return plain(scrub(values.join("/"), limits.auditTargetCharactersMax - 1));
}

/** JSON without secrets and personal data, bounded; what is too long is counted instead. */
export function paramsOf(params: unknown): string {
	const text = plain(JSON.stringify(redact(params)));
	if (text.length <= limits.auditParamsCharactersMax) return text;
	return JSON.stringify({ leftOut: `${text.length} characters` });
}

/**
 * The code of an error of our tables, of the contract check, or `INTERNAL`. Other words are a
 * library's and may hold anything.
 */
function outcomeOf(error: unknown): string {
	const type = errorType(error) ?? "";
	return /^[A-Z][A-Z0-9_]{0,63}$/.test(type) ? type : "INTERNAL";
}

/** What every database gives back as it was stored; else an honest row would look forged. */
const plain = (text: string): string => text.toWellFormed().replaceAll(/\p{Cc}/gu, " ");
