/** What a client sends: a call by name, answered once, whatever it is and whatever happens. */
import { commonErrors } from "../../lib/errors.ts";
import { publicError } from "../../lib/public-error.ts";
import { socketCalls } from "./im-gateway.contract.ts";

type Ack = (...values: unknown[]) => void;

export interface SocketCall {
	readonly name: unknown;
	readonly params: unknown;
	/** Does nothing when the client did not ask for an answer. */
	readonly answer: Ack;
}

/** The values of a `call` event: name, params if any, ack if any. */
export function parseCall(values: readonly unknown[]): SocketCall {
	const ack = values.at(-1);
	const hasAck = typeof ack === "function";
	const [name, params = {}] = hasAck ? values.slice(0, -1) : values;
	return { name, params, answer: hasAck ? (ack as Ack) : () => {} };
}

/** The action that a client means. Throws NOT_FOUND for all that is not on the list. */
export function actionOf(name: unknown): (typeof socketCalls)[keyof typeof socketCalls] {
	if (typeof name === "string" && Object.hasOwn(socketCalls, name)) {
		return socketCalls[name as keyof typeof socketCalls];
	}
	throw commonErrors.NOT_FOUND();
}

/** The params as an object. What is in it is for the validator. */
export function paramsOf(params: unknown): object {
	if (typeof params === "object" && params !== null && !Array.isArray(params)) return params;
	throw commonErrors.VALIDATION_FAILED({ fields: [{ field: "", message: "must be object" }] });
}

export interface SocketError {
	readonly code: string;
	readonly message: string;
	readonly data?: unknown;
}

/** An error as sockets get it. */
export function socketError(thrown: unknown): SocketError {
	const { status: _, ...error } = publicError(thrown);
	return error;
}

/** socket.io sends `message` and `data` of what its middleware throws: nothing else may be in. */
export function refusal(thrown: unknown): Error & { data: SocketError } {
	const error = socketError(thrown);
	return Object.assign(new Error(error.message), { data: error });
}
