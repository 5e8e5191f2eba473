/** A node with the router and a stand-in for `im-gateway` that writes down what it is given. */
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { Env } from "../../config/env.ts";
import { type ParamsOf, type TypedCaller, typed } from "../../lib/context.ts";
import imRouter from "../../services/im-router/im-router.service.ts";
import type { NodeLife } from "../../services/im-router/im-router.store.ts";
import { startBroker } from "../harness/broker.ts";

export type Delivery = ParamsOf<"im-gateway.deliver">;

export interface ImNode {
	readonly broker: ServiceBroker;
	readonly call: TypedCaller["call"];
	readonly life: NodeLife;
	/** Every call that came, in order. */
	readonly deliveries: Delivery[];
	/** Users whose device is here; what it answers follows from these and the rooms. */
	readonly here: Map<string, number>;
	readonly rooms: Set<string>;
	connect(userId: string): Promise<{ epoch: number; sequence: number; pending: object[] }>;
	join(roomId: string): Promise<{ epoch: string; offset: number }>;
	/** Whether the last sign of life found the node known. */
	renew(): Promise<boolean>;
	stop(): Promise<void>;
}

export interface ImNodeSetup {
	readonly env: Env;
	readonly namespace: string;
	readonly nodeId: string;
	onDelivery?(delivery: Delivery): void;
}

export const deviceId = "phone-0001";

/** All that exist are users; the profile does not matter to the router. */
const users = {
	name: "users",
	actions: {
		getMany: {
			auth: "public",
			handler: (ctx: { params: { ids: string[] } }) => ({
				items: ctx.params.ids.map((id) => ({ id }))
			})
		}
	}
} as unknown as ServiceSchema;

export async function startImNode(setup: ImNodeSetup): Promise<ImNode> {
	const { env, namespace, nodeId, onDelivery } = setup;
	const deliveries: Delivery[] = [];
	const here = new Map<string, number>();
	const rooms = new Set<string>();
	const life = { nodeId, incarnation: `${nodeId}-1` };
	const gateway = {
		name: "im-gateway",
		actions: {
			deliver: {
				auth: "internal",
				handler({ params }: { params: Delivery }) {
					deliveries.push(params);
					onDelivery?.(params);
					const { direct } = params;
					return {
						alive: params.incarnation === life.incarnation,
						emptyRooms: params.rooms.map(({ roomId }) => roomId).filter((id) => !rooms.has(id)),
						absent: direct
							.filter(({ userId, epoch }) => here.get(userId) !== epoch)
							.map(({ userId, deviceId: device }) => ({ userId, deviceId: device }))
					};
				}
			}
		}
	} as unknown as ServiceSchema;
	const services = [imRouter, users, gateway];
	const broker = await startBroker({ env, namespace, nodeId, services });
	const { call } = typed(broker);
	const renew = async () => (await call("im-router.renew", { ...life, rooms: [...rooms] })).known;
	await renew();
	const timer = setInterval(() => void renew().catch(() => {}), 500);
	return {
		...{ broker, call, life, deliveries, here, rooms, renew },
		async connect(userId) {
			const session = await call("im-router.connect", { userId, deviceId, ...life });
			here.set(userId, session.epoch);
			return session;
		},
		join(roomId) {
			rooms.add(roomId);
			return call("im-router.join", { roomId, ...life });
		},
		async stop() {
			clearInterval(timer);
			await broker.stop();
		}
	};
}

/** Waits until each node sees each other one as one to deliver to. */
export const seeEachOther = (nodes: readonly ImNode[]): boolean =>
	nodes.every(({ broker }) => {
		const known = broker.registry.getServiceList({ onlyAvailable: true });
		const ids = known.filter(({ name }) => name === "im-gateway").map(({ nodeID }) => nodeID);
		return nodes.every(({ life }) => ids.includes(life.nodeId));
	});

export const linesOf = ({ deliveries }: ImNode, roomId: string) =>
	deliveries
		.flatMap(({ rooms }) => rooms.filter((room) => room.roomId === roomId))
		.flatMap(({ lines }) => lines);

export const directsOf = ({ deliveries }: ImNode, userId: string) =>
	deliveries.flatMap(({ direct }) => direct.filter((each) => each.userId === userId));
