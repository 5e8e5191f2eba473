/**
 * The table of contents of the cluster: every contract, alphabetical.
 *
 * To add a service, import its contract and add it to `contracts`. From then on
 * `ctx.call("name.action", …)` is typed everywhere, its routes are open and it stands in OpenAPI.
 */
import type { ActionsOf, ChannelsOf, Contract, EventsOf } from "../lib/contract.ts";
import { addresses } from "./addresses/addresses.contract.ts";
import { admin } from "./admin/admin.contract.ts";
import { auth } from "./auth/auth.contract.ts";
import { carts } from "./carts/carts.contract.ts";
import { files } from "./files/files.contract.ts";
import { flashSales } from "./flash-sales/flash-sales.contract.ts";
import { follows } from "./follows/follows.contract.ts";
import { gateway } from "./gateway/gateway.contract.ts";
import { gifts } from "./gifts/gifts.contract.ts";
import { health } from "./health/health.contract.ts";
import { ids } from "./ids/ids.contract.ts";
import { imGateway } from "./im-gateway/im-gateway.contract.ts";
import { imRouter } from "./im-router/im-router.contract.ts";
import { media } from "./media/media.contract.ts";
import { moderation } from "./moderation/moderation.contract.ts";
import { notices } from "./notices/notices.contract.ts";
import { orders } from "./orders/orders.contract.ts";
import { outbox } from "./outbox/outbox.contract.ts";
import { payments } from "./payments/payments.contract.ts";
import { products } from "./products/products.contract.ts";
import { ranks } from "./ranks/ranks.contract.ts";
import { roomProducts } from "./room-products/room-products.contract.ts";
import { rooms } from "./rooms/rooms.contract.ts";
import { stock } from "./stock/stock.contract.ts";
import { tags } from "./tags/tags.contract.ts";
import { users } from "./users/users.contract.ts";
import { wallets } from "./wallets/wallets.contract.ts";

/** Every contract by the name of its service. */
export const contracts = {
	addresses,
	admin,
	auth,
	carts,
	files,
	"flash-sales": flashSales,
	follows,
	gateway,
	gifts,
	health,
	ids,
	"im-gateway": imGateway,
	"im-router": imRouter,
	media,
	moderation,
	notices,
	orders,
	outbox,
	payments,
	products,
	ranks,
	"room-products": roomProducts,
	rooms,
	stock,
	tags,
	users,
	wallets
} as const satisfies Record<string, Contract>;

/** The same as a list, for code that walks over all of them. */
export const allContracts: readonly Contract[] = Object.values(contracts);

type Registered = (typeof contracts)[keyof typeof contracts];

/** Turns the union over all contracts into one table that holds every name. */
type Merge<Union> = (Union extends unknown ? (part: Union) => void : never) extends (
	all: infer All
) => void
	? All
	: never;
type Distribute<C, Kind extends "actions" | "events" | "channels"> = C extends Contract
	? { actions: ActionsOf<C>; events: EventsOf<C>; channels: ChannelsOf<C> }[Kind]
	: never;

declare module "../lib/contract.ts" {
	interface ClusterActions extends Merge<Distribute<Registered, "actions">> {}
	interface ClusterEvents extends Merge<Distribute<Registered, "events">> {}
	interface ClusterChannels extends Merge<Distribute<Registered, "channels">> {}
}
