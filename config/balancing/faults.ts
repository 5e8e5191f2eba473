/** What a failed call means: whose fault it is, and whether it may be tried again. */
import { Errors } from "moleculer";

interface Thrown {
	readonly name?: unknown;
	readonly code?: unknown;
	/** Where it was thrown, if it came over the wire. */
	readonly nodeID?: unknown;
	readonly retryable?: unknown;
	readonly type?: unknown;
	readonly data?: { readonly action?: unknown; readonly nodeID?: unknown };
}

const refusals = new Set(["SERVICE_NOT_AVAILABLE", "SERVICE_NOT_FOUND"]);

const undelivered = new WeakSet<object>();
const repeatable = new WeakSet<object>();
const excused = new WeakSet<object>();

/** The error of a call that reached no node: it certainly did not run. */
export function undeliveredError(action: string, nodeId: string): Error {
	const error = new Errors.ServiceNotAvailableError({ action, nodeID: nodeId });
	undelivered.add(error);
	return error;
}

/** The bus was away meanwhile: that there was no answer says nothing about the node. */
export const excuse = (error: object): void => {
	excused.add(error);
};

/**
 * A fault of the service, not of the caller. Plain errors carry no code, and the breaker's own
 * check would let them pass; errors of our tables (also 503 BUSY) are answers, not faults. That
 * the bus is away says nothing about the node either.
 */
export function isFault(error: object): boolean {
	const { name, code } = error as Thrown;
	return (
		name !== "MoleculerClientError" &&
		name !== "ValidationError" &&
		(typeof code !== "number" || code >= 500) &&
		!undelivered.has(error) &&
		!excused.has(error)
	);
}

/** Whether it is a fault of that node, and not of one behind it. */
export function isFaultOf(error: object, nodeId: string): boolean {
	const { nodeID } = error as Thrown;
	return isFault(error) && (nodeID === undefined || nodeID === nodeId);
}

/** A call to another node. */
export interface RemoteCall {
	readonly action: string;
	readonly nodeId: string;
	/** As the contract says. */
	readonly read: boolean;
}

/** The node is stopping, or has the service no more: it turned the call away before it ran. */
function wasRefused(error: object, { action, nodeId }: RemoteCall): boolean {
	const { type, data } = error as Thrown;
	return refusals.has(String(type)) && data?.action === action && data.nodeID === nodeId;
}

/**
 * Decides whether a failed call may be tried again. Moleculer calls timeouts and lost nodes
 * "retryable", which is true for reads only: a write that timed out may have run.
 */
export function judge(error: object, call: RemoteCall): void {
	const didNotRun = undelivered.has(error) || wasRefused(error, call);
	if (didNotRun || (call.read && (error as Thrown).retryable)) repeatable.add(error);
}

export const mayRepeat = (error: object): boolean => repeatable.has(error);

/** The call is over: a caller further up that passes the error on must not be repeated for it. */
export const settle = (error: object): void => {
	repeatable.delete(error);
};
