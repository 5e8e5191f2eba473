/**
 * What Moleculer's own layers miss on a call to another node. Its timeout lies outside of its
 * breaker and its tracker: a call that gets no answer never counts as a failure, and each shutdown
 * waits its full time for it. Here such a call ends inside of both.
 */
import { type Context, Errors, METRIC, type Middleware, type ServiceBroker } from "moleculer";
import { limits } from "../limits.ts";
import { excuse, isFaultOf, judge, settle, undeliveredError } from "./faults.ts";
import { loadOf } from "./load.ts";

type Next = (ctx: Context) => Promise<unknown>;

interface Action {
	readonly name: string;
	readonly read?: boolean;
	readonly timeout?: number;
	readonly service?: { readonly fullName?: string };
}

/** Whether calls can leave this node now; the transporter knows. */
const isOnline = ({ transit }: ServiceBroker): boolean =>
	(transit?.tx as { online?: boolean } | undefined)?.online !== false;

/** The innermost layer, next to the wire. */
function callNode(this: ServiceBroker, next: Next, action: Action): Next {
	const load = loadOf(this);
	const send = (ctx: Context) => inTime(this, ctx, { action, answer: next(ctx) });
	return async (ctx) => {
		const nodeId = ctx.nodeID ?? "";
		load.begin(nodeId);
		try {
			if (!isOnline(this)) throw undeliveredError(action.name, nodeId);
			const answer = await send(ctx);
			load.end(nodeId);
			return answer;
		} catch (thrown) {
			const error = thrown as object;
			if (isFaultOf(error, nodeId)) load.endAfterFault(nodeId);
			else load.end(nodeId);
			judge(error, { action: action.name, nodeId, read: action.read === true });
			throw error;
		}
	};
}

interface Sent {
	readonly action: Action;
	readonly answer: Promise<unknown>;
}

/** How often the bus broke so far; the transporter knows. */
const outagesOf = ({ transit }: ServiceBroker): number =>
	(transit?.tx as { outages?: number } | undefined)?.outages ?? 0;

/** The answer, or the error of a node that owes it for too long. */
function inTime(broker: ServiceBroker, ctx: Context, { action, answer }: Sent): Promise<unknown> {
	const { timeout } = ctx.options;
	if (!timeout) return answer;
	const outages = outagesOf(broker);
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => {
			// An answer that comes after all finds nobody waiting.
			broker.transit?.removePendingRequest(ctx.id);
			const nodeID = ctx.nodeID ?? "";
			broker.logger.warn(`'${action.name}' got no answer in time.`, { nodeID, timeout });
			broker.metrics.increment(METRIC.MOLECULER_REQUEST_TIMEOUT_TOTAL, {
				service: action.service?.fullName ?? null,
				action: action.name
			});
			const error = new Errors.RequestTimeoutError({ action: action.name, nodeID });
			// Else the breakers of healthy nodes would open once the bus is back.
			if (outagesOf(broker) !== outages) excuse(error);
			reject(error);
		}, timeout);
		answer.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}

/**
 * What the contract says of an action is the most that a caller waits for it. Moleculer would let
 * the time that is left of the caller's own call take its place, be it longer or shorter.
 */
const ownTimeout = ({ timeout, read }: Action): number =>
	timeout ?? (read ? limits.readMillisecondsMax : limits.callMillisecondsMax);

function shorten(ctx: Context, own: number): void {
	const { timeout } = ctx.options;
	if (own > 0 && (!timeout || timeout > own)) ctx.options.timeout = own;
}

/** The outermost layers, around Moleculer's own. */
const outermost = {
	name: "RemoteCallsOutermost",
	localAction(next: Next, action: Action): Next {
		const own = ownTimeout(action);
		return (ctx) => {
			shorten(ctx, own);
			return next(ctx);
		};
	},
	remoteAction(next: Next, action: Action): Next {
		const own = ownTimeout(action);
		return async (ctx) => {
			shorten(ctx, own);
			try {
				return await next(ctx);
			} catch (error) {
				settle(error as object);
				throw error;
			}
		};
	}
} as unknown as Middleware;

export function remoteCalls(): Middleware {
	return {
		name: "RemoteCalls",
		remoteAction: callNode,
		// Moleculer's own layers are in by then, so that these come to lie around them.
		created: (broker: ServiceBroker) => broker.middlewares.add(outermost)
	} as unknown as Middleware;
}
