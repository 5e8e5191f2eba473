/**
 * One node that sells: `fork` it with its servers in the environment. It answers each message
 * `{ number, saleId, userId, key, quantity }` by `{ number, answer }` or `{ number, error }`.
 */
import type { ServiceSchema } from "moleculer";
import { loadEnv } from "../../config/env.ts";
import type { Call } from "../../lib/context.ts";
import { errorType } from "../../lib/errors.ts";
import flashSalesService from "../../services/flash-sales/flash-sales.service.ts";
import idsService from "../../services/ids/ids.service.ts";
import { startBroker } from "../harness/broker.ts";

export interface Asked {
	readonly number: number;
	readonly saleId: string;
	readonly userId: string;
	readonly key: string;
	readonly quantity: number;
}

export interface Answer {
	readonly outcome: string;
	readonly order?: { readonly id: string };
}

export type Answered = { readonly number: number } & (
	| { readonly answer: Answer }
	| { readonly error: string }
);

/** Services that buying waits for and does not ask. */
const silent = ["rooms", "products", "addresses"].map(
	(name) => ({ name }) as unknown as ServiceSchema
);

const broker = await startBroker({
	env: loadEnv(),
	nodeId: `seller-${process.pid}`,
	options: { dependencyInterval: 20 },
	services: [idsService, flashSalesService, ...silent]
});
const call = broker.call.bind(broker) as Call;

process.on("message", async ({ number, saleId, userId, key, quantity }: Asked) => {
	const meta = { user: { id: userId, sessionId: "1" } };
	const headers = { "idempotency-key": key };
	const params = { id: saleId, quantity };
	try {
		const answer = await call("flash-sales.buy", params, { meta, headers });
		process.send?.({ number, answer } satisfies Answered);
	} catch (error) {
		process.send?.({ number, error: errorType(error) ?? String(error) } satisfies Answered);
	}
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
