/**
 * One whole road in front of a stranger, from a host's empty desk to the word that the show is
 * over: two people with phones, on different edges where there are several, and a thousand who
 * want the same hundred things at once. Then an edge dies under those who talk.
 */
import { afterEach, describe, expect, it } from "vitest";
import { verifyLedger } from "../../services/wallets/wallets.verify.ts";
import { en } from "../../web/src/i18n/en.ts";
import { type Encoder, type PublishAddress, startEncoder } from "../harness/encoder.ts";
import { saleFaults } from "../harness/flash-stage.ts";
import { signUp } from "../harness/people.ts";
import { untilHealthy } from "../harness/platforms.ts";
import { tools } from "../harness/tools.ts";
import { meet, phone, type Salon, salonOf } from "./chat-stage.ts";
import { signInCrowd } from "./crowd.ts";
import { buyFromBag, lookAtOrders, sellFast } from "./road-shop.ts";
import { comeOnAir, endShow, give, openShow, recharge, talk } from "./road-show.ts";
import { keeperOf, scriptFaultsOf } from "./road-stage.ts";
import { buyer, fillShelf, problemsOf } from "./shop-stage.ts";
import { newHost } from "./show.ts";
import { type OwnPlatform, type Shape, shapes } from "./stage.ts";

/** Some minutes where others work on the same cores. */
const patienceMs = 480_000;
const crowdSize = 1_000;

for (const shape of shapes) {
	const isAvailable = shape.available && tools.ffmpeg && tools.chromium;
	const options = { timeout: patienceMs };
	describe.skipIf(!isAvailable)(`the road on ${shape.name}`, options, () => road(shape));
}

function road(shape: Shape): void {
	const salon = salonOf(shape, patienceMs);
	const encoders: Encoder[] = [];
	afterEach(async () => {
		await Promise.all(encoders.splice(0).map((encoder) => encoder.kill()));
	});
	const push = (address: PublishAddress): Encoder => {
		const encoder = startEncoder(address);
		encoders.push(encoder);
		return encoder;
	};
	it("a show from its first picture to its end, with all that happens in between", () =>
		walk(salon, shape.name, push));
	it("a page whose edge dies comes back with all that can be had, once", () =>
		survivesEdge(salon, shape.name));
}

async function walk(
	salon: Salon<OwnPlatform>,
	name: string,
	push: (address: PublishAddress) => Encoder
): Promise<void> {
	const keep = keeperOf(name);
	const host = await newHost(salon.edge(0));
	const [first, second] = await Promise.all([signUp(salon.edge(0)), buyer(salon.edge(0))]);
	const crowd = await signInCrowd(salon.platform, crowdSize);
	const desk = await salon.visit("/studio", { edge: 0 });
	const { roomId, address } = await openShow(desk, host, keep);
	await fillShelf(salon.edge(0), { host, roomId, units: 500 });
	const path = `/rooms/${roomId}`;
	const one = await salon.visit(path, { edge: 0, person: first, ...phone });
	const two = await salon.visit(path, { edge: 1, person: second, ...phone });
	const guests = [desk, one, two];
	const walked = { salon, roomId, desk, one, buyer: first, two, keep };
	await comeOnAir(walked, () => push(address));
	await talk(walked);
	await recharge(walked);
	await give(walked);
	await buyFromBag(walked);
	expect(guests.flatMap(problemsOf)).toEqual([]);
	const sold = await sellFast(walked, crowd);
	await lookAtOrders(walked, sold);
	await endShow(walked);
	expect(guests.flatMap(scriptFaultsOf)).toEqual([]);
	await checkBooks(salon.platform, sold.saleId);
}

/** Every coin and every unit is where the books say, and the books hold what happened. */
async function checkBooks(platform: OwnPlatform, saleId: string): Promise<void> {
	const books = platform.openBooks();
	try {
		const ledger = await verifyLedger(books);
		expect(ledger.faults).toEqual([]);
		// The coins that were bought, and two gifts.
		expect(ledger.transfers).toBeGreaterThanOrEqual(3);
		expect(await saleFaults(books, saleId)).toEqual([]);
	} finally {
		await books.close();
	}
}

async function survivesEdge(salon: Salon<OwnPlatform>, name: string): Promise<void> {
	const { first, second } = await meet(salon);
	await first.say("before");
	await second.untilLines(["before"]);
	const { platform } = salon;
	const victim = name === "cluster" ? "edge-2" : "embedded";
	platform.nodes.get(victim)?.signal("SIGKILL");
	await platform.nodes.get(victim)?.gone;
	await second.untilSays(en.chat.reconnecting, 60_000);
	// Shown at once, and sent when there is a way again.
	await second.say("from the island");
	if (name === "cluster") {
		await first.say("while you were away");
		await first.untilLines(["before", "while you were away"], 60_000);
	}
	platform.restart(victim);
	await untilHealthy(salon.edge(1), platform.nodes);
	if (name === "cluster") {
		const all = ["before", "while you were away", "from the island"];
		for (const guest of [first, second]) await guest.untilLines(all, 60_000);
		expect(await second.lines()).not.toContain(en.chat.gap);
	} else {
		// A single process keeps the log in memory: what was lost with it is told.
		const all = ["before", en.chat.gap, "from the island"];
		for (const guest of [first, second]) await guest.untilLines(all, 60_000);
	}
}
