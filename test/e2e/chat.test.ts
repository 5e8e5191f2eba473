/**
 * People talk in a room: pages in Chromium, on different edges where there are several, with the
 * real sockets between them. That all see the same lines, also when an edge dies, is on the road
 * (`road.test.ts`).
 */
import { describe, expect, it } from "vitest";
import { en } from "../../web/src/i18n/en.ts";
import { signUp } from "../harness/people.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { type Guest, meet, phone, type Salon, salonOf } from "./chat-stage.ts";
import { ask } from "./show.ts";
import { widest } from "./widest.ts";

const patienceMs = 150_000;

describe.skipIf(!tools.chromium)("chat", { timeout: patienceMs }, () => {
	const salon = salonOf(widest(), patienceMs);
	it("a guest reads what was said, signs in, and speaks", () => readsAlong(salon));
	it("who reads back is not moved, and is told of new lines", () => readsBack(salon));
	it("what somebody writes is text, whatever it looks like", () => staysText(salon));
	it("the host mutes, lifts and bans by the menu of a line", () => moderates(salon));
	it("private messages go both ways, with a badge until they are read", () => writes(salon));
	it("the show's pause and end stand between the lines", () => tellsOfShow(salon));
});

async function readsAlong(salon: Salon): Promise<void> {
	const { room, first } = await meet(salon);
	await first.say("before you came");
	await first.untilLines(["before you came"]);
	const guest = await salon.visit(`/rooms/${room.roomId}`, { edge: 1, ...phone });
	await guest.untilLines(["before you came"]);
	await first.say("while you are here");
	await guest.untilLines(["before you came", "while you are here"]);
	await guest.press(en.chat.signIn);
	const { username, password } = await signUp(salon.edge(0));
	const dialog = guest.page.getByRole("dialog");
	await dialog.getByRole("tab", { name: en.account.byName }).click();
	await dialog.getByRole("textbox", { name: en.account.username }).fill(username);
	await dialog.locator("input[type=password]").fill(password);
	await dialog.getByRole("button", { name: en.account.signIn, exact: true }).click();
	await dialog.waitFor({ state: "detached" });
	await guest.say("and now I speak");
	for (const one of [first, guest]) {
		await one.untilLines(["before you came", "while you are here", "and now I speak"]);
	}
	expect(guest.problems).toEqual([]);
}

/** Reading back holds the lines still, and tells how many came meanwhile. */
async function readsBack(salon: Salon): Promise<void> {
	const { first, second } = await meet(salon);
	const early = Array.from({ length: 16 }, (_, index) => `line ${index};`);
	for (const text of early) await first.say(text);
	await second.untilLines(early);
	const log = second.page.getByRole("log", { name: en.chat.title });
	await log.hover();
	await second.page.mouse.wheel(0, -2_000);
	await log.getByText("line 0;").waitFor();
	await until(() => isInSight(second, "line 0;"));
	await first.say("late;");
	const newer = second.page.getByRole("button", { name: en.chat.newer.replace("{{count}}", "1") });
	await newer.waitFor();
	expect(await isInSight(second, "line 0;")).toBe(true);
	await newer.click();
	await until(() => isInSight(second, "late;"));
	await newer.waitFor({ state: "detached" });
}

/** Whether the line is within the frame of the log. */
async function isInSight({ page }: Guest, text: string): Promise<boolean> {
	const log = page.getByRole("log", { name: en.chat.title });
	const [frame, line] = await Promise.all([
		log.boundingBox(),
		log.getByText(text, { exact: true }).boundingBox()
	]);
	return !!frame && !!line && line.y >= frame.y - 1 && line.y < frame.y + frame.height;
}

async function staysText(salon: Salon): Promise<void> {
	const { first, second } = await meet(salon);
	const hostile = '<img src="/x" onerror="document.title=1"><b>bold</b> {{count}}';
	await first.say(hostile);
	await first.say("مرحبا 123 (abc)");
	await second.untilLines([hostile, "مرحبا 123 (abc)"]);
	const log = second.page.getByRole("log", { name: en.chat.title });
	expect(await log.locator("img, b").count()).toBe(0);
	const isolated =
		"getComputedStyle(document.querySelector('[role=log] bdi:last-child')).unicodeBidi";
	expect(await second.page.evaluate(isolated)).toMatch(/isolate/);
	expect(await second.page.title()).toBe("Chat");
	expect(await second.page.locator("head title").count()).toBe(1);
	expect(second.problems).toEqual([]);
}

async function moderates(salon: Salon): Promise<void> {
	const { room, first, second } = await meet(salon);
	const host = await salon.visit(`/studio/${room.roomId}`, { edge: 0, person: room.host });
	await second.say("I will behave badly");
	await host.untilLines(["I will behave badly"]);
	const choose = async (measure: string) => {
		await host.page.getByRole("log").getByRole("button", { name: "Tester" }).first().click();
		await host.page.getByRole("dialog").getByRole("button", { name: measure }).click();
		await host.page.getByRole("dialog").waitFor({ state: "detached" });
	};
	// Without a mouse, too.
	await host.page.getByRole("log").focus();
	await host.page.keyboard.press("ArrowUp");
	await host.page.keyboard.press("Enter");
	await host.page.getByRole("dialog").getByRole("button", { name: en.chat.mute }).waitFor();
	await host.page.keyboard.press("Escape");
	await choose(en.chat.mute);
	const muted = second.page.getByText("You are muted until");
	await until(async () => {
		if (!(await muted.isVisible())) await second.say("am I heard?");
		return muted.isVisible();
	}, 30_000);
	await choose(en.chat.lift);
	await until(async () => {
		const again = second.page.getByRole("button", { name: en.app.retry }).last();
		if (await again.isVisible()) await again.click();
		await second.say("heard again");
		return (await first.lines()).some((line) => line.includes("heard again"));
	}, 20_000);
	await choose(en.chat.ban);
	await second.untilSays(en.chat.banned);
	expect(host.problems).toEqual([]);
}

async function writes(salon: Salon): Promise<void> {
	const { first, second } = await meet(salon);
	await first.say("write to me");
	await second.untilLines(["write to me"]);
	await second.page.getByRole("log").getByRole("button", { name: "Tester" }).first().click();
	await second.press(en.chat.message);
	const send = async (guest: Guest, text: string) => {
		await guest.page.getByRole("textbox", { name: en.mail.placeholder }).fill(text);
		await guest.page.keyboard.press("Enter");
	};
	await send(second, "is it still there?");
	const badge = en.mail.unread.replace("{{count}}", "1");
	await first.press(badge);
	await first.page.getByRole("dialog").getByRole("button", { name: "Tester" }).click();
	await first.untilSays("is it still there?");
	await send(first, "yes, the last one");
	await second.untilSays("yes, the last one");
	// Read and kept: a page that is loaded again has both, and no badge once the ack has arrived.
	const plain = first.page.getByRole("button", { name: /^Messages$/ });
	await until(async () => {
		await first.page.reload();
		return plain.waitFor({ timeout: 5_000 }).then(
			() => true,
			() => false
		);
	}, 40_000);
	await plain.click();
	await first.page.getByRole("dialog").getByRole("button", { name: "Tester" }).click();
	await first.untilSays("is it still there?");
	await first.untilSays("yes, the last one");
	expect([...first.problems, ...second.problems]).toEqual([]);
}

async function tellsOfShow(salon: Salon): Promise<void> {
	const { room, first, second } = await meet(salon);
	const act = (what: string) =>
		ask(salon.edge(0), ["POST", `/rooms/${room.roomId}/${what}`], room.host.accessToken);
	await first.say("hello");
	await second.untilLines(["hello"]);
	await act("pause");
	await second.untilLines(["hello", en.chat.paused]);
	await second.untilSays(en.room.pausedTitle);
	await act("end");
	await first.untilLines(["hello", en.chat.paused, en.chat.ended]);
	await first.untilSays(en.chat.closed);
}
