/** What people do, one try after the other until there is an answer. */
import { randomUUID } from "node:crypto";
import { type Answer, noAnswer, send } from "./http.ts";
import type { Person } from "./person.ts";
import type { RoomClient } from "./room-client.ts";
import { type Good, playMoney, type Scene } from "./scene.ts";
import type { Kind } from "./tally.ts";

export interface Actor {
	readonly scene: Scene;
	readonly person: Person;
	readonly client: RoomClient;
	readonly addressId: string;
	/** Ids of the others. */
	readonly others: readonly string[];
	/** Nothing is left to spend: coins are bought next. */
	isPoor: boolean;
}

type Act = (actor: Actor) => Promise<void>;
export type ActionKind = Exclude<Kind, "room" | "pay">;

export const acts: Readonly<Record<ActionKind, Act>> = {
	"sign-in": ({ person }) => person.renew(),
	browse,
	watch,
	async chat({ scene, person, client }) {
		const line = { roomId: scene.roomId, clientId: randomUUID(), text: scene.dice.pick(lines) };
		await person.insist("chat", () => client.call("im.say", line));
	},
	async tell({ scene, person, client, others }) {
		const userId = scene.dice.pick(others);
		if (userId === undefined) return;
		const letter = { userId, clientId: randomUUID(), text: scene.dice.pick(lines) };
		const told = await person.insist<{ id: string }>("tell", () => client.call("im.tell", letter));
		if (told.outcome !== "done" || !scene.isKept) return;
		scene.told.push({ id: told.result.id, from: person.id, to: userId });
	},
	async like({ scene, person, client }) {
		const likes = { roomId: scene.roomId, count: scene.dice.between(1, 5) };
		await person.insist("like", () => client.call("im.like", likes));
	},
	async gift(actor) {
		const { scene, person } = actor;
		const gift = { giftId: scene.dice.pick(scene.offers.giftIds), count: scene.dice.between(1, 3) };
		const given = await person.intend("gift", `/rooms/${scene.roomId}/gifts`, gift);
		if (given.outcome === "refused") actor.isPoor = given.code === "INSUFFICIENT_BALANCE";
	},
	recharge,
	order,
	"flash-sale": buyInSale
};

const weights: Readonly<Record<ActionKind, number>> = {
	...{ chat: 26, gift: 16, like: 12, browse: 8, tell: 8, order: 8, "flash-sale": 8 },
	...{ watch: 6, recharge: 5, "sign-in": 3 }
};

/** What somebody does next; nothing that is not to be had. */
export function choose({ scene, others, isPoor }: Actor): ActionKind {
	const { goods, saleId, giftIds, packageId } = scene.offers;
	if (isPoor && packageId !== undefined) return "recharge";
	const isThere: Partial<Record<ActionKind, boolean>> = {
		...{ tell: others.length > 0, gift: giftIds.length > 0, order: goods.some(isToBeHad) },
		...{ "flash-sale": saleId !== undefined, recharge: packageId !== undefined }
	};
	const weightOf = (kind: ActionKind) => (isThere[kind] === false ? 0 : weights[kind]);
	return scene.dice.weighed(Object.keys(weights) as ActionKind[], weightOf) ?? "browse";
}

const isToBeHad = ({ onSale, stock }: Good): boolean => onSale && stock > 0;

/** What the room offers now. */
export async function browse({ scene, person }: Pick<Actor, "scene" | "person">): Promise<void> {
	interface Items<T> {
		readonly items: readonly T[];
	}
	const look = async <T>(path: string) => {
		const seen = await person.ask<Items<T>>("browse", { method: "GET", path });
		return seen.outcome === "done" ? seen.result.items : [];
	};
	const room = `/rooms/${scene.roomId}`;
	scene.offers.goods = await look<Good>(`${room}/products`);
	const sales = await look<{ id: string; status: string }>(`${room}/flash-sales`);
	scene.offers.saleId = sales.find(({ status }) => status === "open")?.id;
}

/** Opens the picture and takes the first bytes of it. */
async function watch({ scene, person }: Actor): Promise<void> {
	interface Playback {
		readonly sources: readonly { readonly type: string; readonly url: string }[];
	}
	const path = `/rooms/${scene.roomId}/playback`;
	await person.insist("watch", async () => {
		const shown = await send<Playback>(`${person.url}/api`, { method: "GET", path });
		if (shown.outcome !== "done") return shown;
		const source = shown.result.sources.find(({ type }) => type === "flv");
		if (source) return picture(scene, source.url);
		return scene.hasPicture
			? { outcome: "lost", code: "NO_PICTURE" }
			: { outcome: "done", result: undefined };
	});
}

const pictureMs = 5_000;

async function picture(scene: Scene, url: string): Promise<Answer<undefined>> {
	const watching = new AbortController();
	try {
		const signal = AbortSignal.any([watching.signal, AbortSignal.timeout(pictureMs)]);
		const { ok, body } = await fetch(url, { signal });
		const first = ok ? await body?.getReader().read() : undefined;
		if (!first?.value) return { outcome: "lost", code: "NO_PICTURE" };
		scene.hasPicture = true;
		return { outcome: "done", result: undefined };
	} catch {
		return { outcome: "lost", code: noAnswer };
	} finally {
		watching.abort();
	}
}

interface Page {
	readonly checkoutUrl: string | null;
}

async function recharge(actor: Actor): Promise<void> {
	const { scene, person } = actor;
	const wish = { packageId: scene.offers.packageId, provider: playMoney };
	const page = await person.intend<Page>("recharge", "/recharges", wish);
	if (page.outcome === "done") await payAt(actor, "recharge", page.result);
	actor.isPoor = false;
}

async function order(actor: Actor): Promise<void> {
	const { scene, person, addressId } = actor;
	const good = scene.dice.pick(scene.offers.goods.filter(isToBeHad));
	if (!good) return;
	const items = [{ skuId: good.skuId, quantity: 1, roomId: scene.roomId }];
	const placed = await person.intend<{ checkoutId: string }>("order", "/orders", {
		...{ items, addressId }
	});
	if (placed.outcome === "refused") return browse(actor);
	await pay(actor, `/checkouts/${placed.result.checkoutId}/pay`);
}

async function buyInSale(actor: Actor): Promise<void> {
	const { scene, person, addressId } = actor;
	interface Bought {
		readonly order?: { readonly id: string };
	}
	const path = `/flash-sales/${scene.offers.saleId}/purchases`;
	const answer = await person.intend<Bought>("flash-sale", path, { quantity: 1, addressId });
	if (answer.outcome === "done" && answer.result.order) {
		await pay(actor, `/orders/${answer.result.order.id}/pay`);
	}
}

/** With coins or play money; with the latter where the coins do not reach. */
async function pay(actor: Actor, path: string): Promise<void> {
	const { scene, person } = actor;
	const hasProvider = scene.offers.packageId !== undefined;
	const byCoins = !hasProvider || scene.dice.next() < 0.5;
	if (byCoins) {
		const paid = await person.intend("pay", path, { provider: "coins" });
		if (paid.outcome === "done" || paid.code !== "INSUFFICIENT_BALANCE") return;
		actor.isPoor = true;
		if (!hasProvider) return;
	}
	const page = await person.intend<Page>("pay", path, { provider: playMoney });
	if (page.outcome === "done") await payAt(actor, "pay", page.result);
}

/** Presses the button of the provider's page. */
async function payAt(
	{ person }: Actor,
	kind: "recharge" | "pay",
	{ checkoutUrl }: Page
): Promise<void> {
	if (checkoutUrl === null) return;
	await person.insist(kind, () => send(checkoutUrl, { method: "POST", path: "/pay" }));
}

const lines = [
	...["Good evening!", "What does it weigh?", "Ships to Busan?", "First time here, hello."],
	...["The sky glaze, please show it again.", "Bought two, thank you!", "How long to steep it?"],
	...["Love this one.", "Is there more of the scarf?", "Greetings from Shenzhen."]
];
