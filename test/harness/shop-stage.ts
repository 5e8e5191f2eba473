/**
 * A shop on a broker of its own: products, stock, goods of rooms and addresses, with neighbours of
 * three lines. Users 1 to 8 are hosts, 9 is an operator; room `n00` is that of host `n` and live,
 * `n09` is one that has ended.
 */
import type { ServiceSchema } from "moleculer";
import type { Call } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import { openSql } from "../../mixins/sql/index.ts";
import addressesService from "../../services/addresses/addresses.service.ts";
import idsService from "../../services/ids/ids.service.ts";
import outboxService from "../../services/outbox/outbox.service.ts";
import productsService from "../../services/products/products.service.ts";
import roomProductsService from "../../services/room-products/room-products.service.ts";
import stockService from "../../services/stock/stock.service.ts";
import type { Opened } from "./backends.ts";
import { startBroker } from "./broker.ts";
import { fakeTags } from "./fake-tags.ts";

const hosts = ["1", "2", "3", "4", "5", "6", "7", "8"];

export const as = (id: string, key?: string) => ({
	meta: { user: { id, sessionId: "1" } },
	...(key === undefined ? {} : { headers: { "idempotency-key": key } })
});

const fakeRooms = (asked: string[]) =>
	({
		name: "rooms",
		actions: {
			get: {
				auth: "public",
				handler: ({ params: { id } }: { params: { id: string } }) => {
					asked.push(id);
					const hostId = id.slice(0, 1);
					if (id.length !== 3 || !hosts.includes(hostId)) throw commonErrors.NOT_FOUND();
					const status = id.endsWith("9") ? "ended" : "live";
					return { id, status, host: { id: hostId, nickname: `Name ${hostId}`, avatarUrl: null } };
				}
			}
		}
	}) as unknown as ServiceSchema;

const fakeAdmin = (audited: unknown[]) =>
	({
		name: "admin",
		actions: {
			record: {
				auth: "internal",
				handler: ({ params }: { params: unknown }) => {
					audited.push(params);
					return { id: "1" };
				}
			},
			settings: { auth: "internal", handler: () => ({ revision: 1, values: {} }) }
		}
	}) as unknown as ServiceSchema;

export interface Told {
	readonly name: string;
	readonly payload: Record<string, unknown>;
}

/** Hears what the shop tells, once each. */
function listener(heard: Told[]): ServiceSchema {
	const seen = new Set<string>();
	const shop = ["products.changed", "room-products.pinned", "room-products.changed"];
	const names = [
		...shop,
		...["placed", "paid", "shipped", "received", "closed", "refunded"].map(
			(fact) => `orders.${fact}`
		),
		"flash-sales.changed"
	];
	const channels = Object.fromEntries(
		names.map((name) => [
			name,
			{
				group: "listener",
				context: true,
				async handler(ctx: { params: Told["payload"]; headers: { "message-id": string } }) {
					if (seen.has(ctx.headers["message-id"])) return;
					seen.add(ctx.headers["message-id"]);
					heard.push({ name, payload: ctx.params });
				}
			}
		])
	);
	return { name: "listener", channels } as unknown as ServiceSchema;
}

/** `more`: services beside those of the shop. */
export async function startShop({ env }: Opened, more: readonly ServiceSchema[] = []) {
	const heard: Told[] = [];
	const audited: unknown[] = [];
	/** Rooms that were read. */
	const asked: string[] = [];
	const tags = Object.fromEntries([...hosts.map((id) => [id, ["host"]]), ["9", ["operator"]]]);
	const broker = await startBroker({
		env,
		migrate: true,
		options: { dependencyInterval: 20 },
		services: [
			...[idsService, outboxService, productsService, stockService, roomProductsService],
			...[addressesService, fakeRooms(asked), fakeTags(tags), fakeAdmin(audited), listener(heard)],
			...more
		]
	});
	const db = openSql(env);
	const call = broker.call.bind(broker) as Call;
	return {
		...{ broker, call, db, heard, audited, asked },
		/** A published product of the host, with a SKU for each number of units. */
		async product(hostId: string, stocks: readonly number[] = [10], title = "Oolong") {
			const skus = stocks.map((stock, index) => ({
				attributes: [{ name: "Size", value: `No. ${index + 1}` }],
				price: { amount: 1_000 + index, currency: env.currency },
				stock
			}));
			return call("products.create", { title, skus }, as(hostId));
		},
		async stop() {
			await broker.stop();
			await db.close();
		}
	};
}

export type ShopStage = Awaited<ReturnType<typeof startShop>>;
