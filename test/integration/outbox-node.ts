/** Nodes with the outbox and consumers that a test writes. */
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { brokerOptions } from "../../config/broker.ts";
import type { Env } from "../../config/env.ts";
import type { ChannelName, ClusterChannels } from "../../lib/contract.ts";
import type { ChannelContext } from "../../lib/service.ts";
import { channelsMiddleware, type Retries } from "../../mixins/channels/index.ts";
import { startBroker } from "../harness/broker.ts";
import { fakeTags } from "../harness/fake-tags.ts";

/** What takes minutes in life takes a moment here. */
export const impatient: Retries = { attemptsMax: 3, milliseconds: () => 20 };

export interface OutboxNode {
	readonly env: Env;
	readonly namespace: string;
	readonly services: readonly ServiceSchema[];
	readonly nodeId?: string;
}

/** A broker as the platform builds it, but for the patience of its channels. */
export async function startOutboxNode(node: OutboxNode): Promise<ServiceBroker> {
	const { env, namespace, services, nodeId } = node;
	const usual = (brokerOptions(env).middlewares ?? []).filter(
		(each) => (each as { name?: string }).name !== "Channels"
	);
	return startBroker({
		...{ env, namespace, services },
		...(nodeId ? { nodeId } : {}),
		options: { middlewares: [...usual, channelsMiddleware(env, impatient)] }
	});
}

/** A service that consumes one channel. */
export function consumer<N extends ChannelName>(
	name: string,
	channel: N,
	handler: (ctx: ChannelContext<ClusterChannels[N]>) => Promise<void>
): ServiceSchema {
	return {
		name,
		channels: { [channel]: { group: name, context: true, handler } }
	} as unknown as ServiceSchema;
}

/** The services that an operator's call passes through. */
export const neighbours: readonly ServiceSchema[] = [
	fakeTags({ "7": ["operator"] }),
	{
		name: "admin",
		actions: { record: { auth: "internal", handler: () => ({ id: "1" }) } }
	} as unknown as ServiceSchema
];
export const operator = { meta: { user: { id: "7", sessionId: "1" } } };
