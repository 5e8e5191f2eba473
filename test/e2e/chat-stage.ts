/** People in a room, each in a browser of their own, on whichever edge a test puts them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { type Browser, startBrowser, type Visit, type VisitOptions } from "../harness/browser.ts";
import { type Person, signUp } from "../harness/people.ts";
import { until } from "../harness/until.ts";
import { startRoom } from "./show.ts";
import type { Place, Shape } from "./stage.ts";

export interface Salon<P extends Place = Place> {
	readonly platform: P;
	/** The nth edge, counted round. */
	edge(index: number): string;
	/** A page on the nth edge, closed with the test; a guest's without a person. */
	visit(path: string, guest: GuestOptions): Promise<Guest>;
}

export interface GuestOptions extends VisitOptions {
	readonly edge: number;
	readonly person?: Pick<Person, "id" | "refreshToken">;
}

export interface Guest extends Visit {
	/** Writes a line and sends it. */
	say(text: string): Promise<void>;
	/** All that the log says, line by line. */
	lines(): Promise<string[]>;
	untilLines(texts: readonly string[], timeoutMs?: number): Promise<void>;
	untilSays(text: string | RegExp, timeoutMs?: number): Promise<void>;
	press(name: string | RegExp): Promise<void>;
}

/** A host with a room that is live, and without an encoder. */
export const openRoom = (edge: string) => startRoom(edge, "Chat");

/** As people hold it. */
export const phone = { width: 390, height: 844 } as const;

/** Two people in a new room, on two edges, where the host is a third. */
export async function meet(salon: Salon): Promise<{
	readonly room: Awaited<ReturnType<typeof openRoom>>;
	readonly first: Guest;
	readonly second: Guest;
}> {
	const room = await openRoom(salon.edge(0));
	const [one, other] = await Promise.all([signUp(salon.edge(0)), signUp(salon.edge(0))]);
	const path = `/rooms/${room.roomId}`;
	const first = await salon.visit(path, { edge: 0, person: one });
	const second = await salon.visit(path, { edge: 1, person: other, ...phone });
	for (const guest of [first, second]) await untilIn(guest);
	return { room, first, second };
}

/** The log is there, and empty. */
const untilIn = (guest: Guest) => guest.untilSays(en.chat.empty);

/** Call inside `describe`; what it returns is there once the tests run. */
export function salonOf<P extends Place>(shape: Shape<P>, startMs: number): Salon<P> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-chat-"));
	const guests: Guest[] = [];
	let platform: P | undefined;
	let browser: Browser | undefined;

	beforeAll(async () => {
		platform = await shape.start(folder);
		browser = await startBrowser();
	}, startMs);
	afterEach(async () => {
		await Promise.all(guests.splice(0).map((guest) => guest.close()));
	});
	afterAll(async () => {
		await browser?.close();
		await platform?.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}, startMs);

	const edge = (index: number) => platform?.edges[index % platform.edges.length] ?? "";
	return {
		get platform() {
			return platform as P;
		},
		edge,
		async visit(path, { edge: index, person, ...options }) {
			const visit = await (browser as Browser).visit(options);
			if (person) await visit.context.addInitScript(signIn, storedSession(person));
			await visit.page.goto(`${edge(index)}${path}`);
			const guest = guestOf(visit);
			guests.push(guest);
			return guest;
		}
	};
}

const storedSession = ({ id, refreshToken }: Pick<Person, "id" | "refreshToken">): string =>
	JSON.stringify({ userId: id, refreshToken });

/** Runs in the page, before its own scripts: as somebody who signed in here before. */
function signIn(session: string): void {
	const { localStorage: storage } = globalThis as unknown as {
		localStorage: { getItem(key: string): string | null; setItem(key: string, text: string): void };
	};
	// The page has traded it for another one since.
	if (storage.getItem("session") === null) storage.setItem("session", session);
}

function guestOf(visit: Visit): Guest {
	const { page } = visit;
	const log = page.getByRole("log", { name: en.chat.title });
	const lines = async () => {
		const all = await log.locator(":scope > div").allInnerTexts();
		return all.map((text) => text.replaceAll(/\s+/g, " ").trim());
	};
	return {
		...visit,
		lines,
		async say(text) {
			const input = page.getByRole("textbox", { name: en.chat.placeholder });
			// A state in which nobody may speak takes it away.
			await input.fill(text, { timeout: 5_000 });
			await page.keyboard.press("Enter");
		},
		async untilLines(texts, timeoutMs = 20_000) {
			let last: string[] = [];
			await until(async () => {
				last = (await lines()).filter((line) => texts.some((text) => line.includes(text)));
				const fits = last.length === texts.length;
				if (fits && last.every((line, index) => line.includes(texts[index] ?? ""))) return true;
				throw new Error(`The log says ${JSON.stringify(await lines())}; ${visit.problems}`);
			}, timeoutMs);
		},
		async untilSays(text, timeoutMs = 20_000) {
			await until(async () => {
				if (await page.getByText(text).first().isVisible()) return true;
				const words = String(await page.evaluate("document.body.innerText")).slice(0, 600);
				throw new Error(`The page does not say "${text}" but: ${words}; ${visit.problems}`);
			}, timeoutMs);
		},
		press: (name) => page.getByRole("button", { name }).first().click()
	};
}
