/**
 * Starts a broker exactly as the platform builds it, with the services a test chooses. Neighbours
 * may be faked by a schema of the same name:
 * `{ name: "wallets", actions: { debit: { auth: "internal", handler: () => ({ … }) } } }`.
 */
import { type BrokerOptions, ServiceBroker, type ServiceSchema } from "moleculer";
import { brokerOptions } from "../../config/broker.ts";
import type { Env } from "../../config/env.ts";
import { migrate } from "../../mixins/sql/migrations.ts";

export interface BrokerSetup {
	readonly env: Env;
	readonly services: readonly ServiceSchema[];
	/** Bring the tables up first; off where the test needs none. */
	readonly migrate?: boolean;
	/** Brokers that share a NATS server need different names, and a namespace of their own. */
	readonly nodeId?: string;
	readonly namespace?: string;
	readonly options?: BrokerOptions;
}

export async function startBroker(setup: BrokerSetup): Promise<ServiceBroker> {
	if (setup.migrate) await migrate(setup.env);
	const broker = new ServiceBroker(
		brokerOptions(setup.env, {
			logger: false,
			...(setup.nodeId ? { nodeID: setup.nodeId } : {}),
			...(setup.namespace ? { namespace: setup.namespace } : {}),
			...setup.options
		})
	);
	for (const schema of setup.services) broker.createService(schema);
	await broker.start();
	return broker;
}
