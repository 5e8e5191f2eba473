import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import * as log from "./lines.ts";

const me = "7";
const at = "2026-01-01T00:00:00.000Z";

const line = (offset: number, epoch = "a", from = "1"): Envelope => ({
	id: `${epoch}-${offset}`,
	class: "ephemeral",
	kind: "chat",
	roomId: "5",
	from: { id: from, nickname: `Name ${from}`, level: 1 },
	offset,
	epoch,
	at,
	body: { text: `line ${offset}` }
});
const linesTo = (end: number, after = 0, epoch = "a") =>
	Array.from({ length: Math.max(0, end - after) }, (_, index) => line(after + index + 1, epoch));

/** What a platform that keeps everything answers. */
const answer = (end: number, after = 0, epoch = "a"): log.Entered => ({
	epoch,
	offset: end,
	recovered: true,
	messages: linesTo(end, after, epoch)
});

/** The words in order; `…` for a gap. */
const shown = (lines: log.Lines) =>
	lines.entries.map((entry) => (entry.type === "gap" ? "…" : entry.line.id));
const ids = (end: number, after = 0, epoch = "a") => linesTo(end, after, epoch).map(({ id }) => id);

type Step =
	| { readonly type: "write"; readonly count: number }
	/** Delivers what was not delivered yet, in an order of chance, some of it twice. */
	| { readonly type: "deliver"; readonly picks: readonly number[] }
	| { readonly type: "enter" };

const steps = fc.array(
	fc.oneof(
		fc.record({ type: fc.constant("write" as const), count: fc.integer({ min: 1, max: 120 }) }),
		fc.record({
			type: fc.constant("deliver" as const),
			picks: fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 })
		}),
		fc.record({ type: fc.constant("enter" as const) })
	),
	{ maxLength: 30 }
);

describe("the lines of a room", () => {
	it("end as the log has them, whatever way and order they came in, none twice", () => {
		fc.assert(
			fc.property(steps, (plan: Step[]) => {
				let end = 0;
				let lines = log.entered(log.noLines(me), answer(0));
				for (const step of plan) {
					if (step.type === "write") end += step.count;
					else if (step.type === "enter") lines = log.entered(lines, answer(end, lines.position));
					else {
						const sent = step.picks.filter(() => end > 0).map((pick) => line((pick % end) + 1));
						lines = log.received(lines, sent);
					}
					const numbers = lines.entries.flatMap((entry) =>
						entry.type === "line" ? [entry.line.offset ?? 0] : []
					);
					expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
					expect(numbers.length).toBeLessThanOrEqual(log.linesShownMax);
					// Never says that it has what it has not.
					expect(lines.isBehind || numbers.every((offset) => offset <= lines.position)).toBe(true);
				}
				lines = log.entered(lines, answer(end, lines.position));
				expect(shown(lines)).toEqual(ids(end).slice(-lines.entries.length || end));
				expect(lines).toMatchObject({ isBehind: false, position: end });
				expect(lines.entries.length).toBe(Math.min(end, log.linesShownMax));
			})
		);
	});

	it("are behind when one is missing, and no more once the room was entered again", () => {
		let lines = log.entered(log.noLines(me), answer(3));
		lines = log.received(lines, [line(4)]);
		expect(lines).toMatchObject({ position: 4, isBehind: false });
		lines = log.received(lines, [line(6)]);
		expect(lines).toMatchObject({ position: 4, isBehind: true });
		expect(log.positionOf(lines)).toEqual({ epoch: "a", offset: 4 });
		lines = log.entered(lines, answer(7, 4));
		expect(shown(lines)).toEqual(ids(7));
		expect(lines).toMatchObject({ position: 7, isBehind: false });
	});

	it("tell where some are lost, before the first one after the loss", () => {
		const before = log.entered(log.noLines(me), answer(3));
		const lost = { epoch: "a", offset: 900, recovered: false, messages: linesTo(900, 898) };
		expect(shown(log.entered(before, lost))).toEqual([...ids(3), "…", "a-899", "a-900"]);
	});

	it("tell a loss once when the log began anew, and keep what was read", () => {
		const before = log.entered(log.noLines(me), answer(3));
		const heard = log.received(before, [line(1, "b")]);
		expect(shown(heard)).toEqual(ids(3));
		expect(heard.isBehind).toBe(true);
		const anew = { ...answer(2, 0, "b"), recovered: false };
		const after = log.entered(heard, anew);
		expect(shown(after)).toEqual([...ids(3), "…", "b-1", "b-2"]);
		expect(log.positionOf(after)).toEqual({ epoch: "b", offset: 2 });
		expect(shown(log.received(after, [line(3, "b")]))).toEqual([...ids(3), "…", ...ids(3, 0, "b")]);
	});

	it("speak of no loss to somebody who just came", () => {
		const lines = log.entered(log.noLines(me), { ...answer(9, 7), recovered: false });
		expect(shown(lines)).toEqual(["a-8", "a-9"]);
	});

	it("keep what has no offset behind the line that it came after", () => {
		const tip: Envelope = { id: "t", class: "ephemeral", kind: "system", at, body: { text: "x" } };
		let lines = log.received(log.entered(log.noLines(me), answer(2)), [tip]);
		lines = log.received(lines, [line(3)]);
		expect(shown(lines)).toEqual(["a-1", "a-2", "t", "a-3"]);
	});
});

describe("an own line", () => {
	const started = () => log.sending(log.entered(log.noLines(me), answer(1)), "c1", "line 2");
	const echo = line(2, "a", me);
	const said = { id: echo.id, offset: 2 };

	it("is there once, whether the answer or the line itself comes first", () => {
		const orders = [
			log.received(log.sent(started(), "c1", said), [echo]),
			log.sent(log.received(started(), [echo]), "c1", said)
		];
		for (const lines of orders) {
			expect(lines.own).toEqual([]);
			expect(shown(lines)).toEqual(ids(2));
		}
	});

	it("stays below until its line comes, or entering again has it", () => {
		const waiting = log.sent(started(), "c1", said);
		expect(waiting.own).toMatchObject([{ clientId: "c1", state: "sent" }]);
		expect(waiting.position).toBe(1);
		const entered = log.entered(waiting, {
			epoch: "a",
			offset: 2,
			recovered: true,
			messages: [echo]
		});
		expect(entered.own).toEqual([]);
	});

	it("is not taken for somebody else's with the same words", () => {
		const lines = log.received(started(), [line(2)]);
		expect(lines.own).toMatchObject([{ clientId: "c1", state: "sending" }]);
	});

	it("fails visibly, is sent again under its id, and goes when it is dropped", () => {
		const failed = log.failed(
			started(),
			{ clientId: "c1", text: "line 2", state: "sending" },
			"MUTED"
		);
		expect(failed.own).toEqual([
			{ clientId: "c1", text: "line 2", state: "failed", code: "MUTED" }
		]);
		const again = log.sending(failed, "c1", "line 2");
		expect(again.own).toEqual([{ clientId: "c1", text: "line 2", state: "sending" }]);
		expect(log.dropped(again, "c1").own).toEqual([]);
	});

	it("ends once in the log and nowhere else, with as many twins as there are", () => {
		const texts = fc.array(fc.constantFrom("hi", "ho"), { minLength: 1, maxLength: 8 });
		fc.assert(
			fc.property(texts, fc.infiniteStream(fc.boolean()), (words, coins) => {
				let lines = log.entered(log.noLines(me), answer(0));
				words.forEach((text, index) => {
					lines = log.sending(lines, `c${index}`, text);
				});
				const coin = coins[Symbol.iterator]();
				const late: (() => void)[] = [];
				words.forEach((text, index) => {
					const own = { ...line(index + 1, "a", me), body: { text } };
					const confirm = () => {
						lines = log.sent(lines, `c${index}`, { id: own.id, offset: index + 1 });
					};
					const [first, second] = [coin.next().value, coin.next().value];
					if (first) confirm();
					lines = log.received(lines, [own]);
					if (!first && second) confirm();
					else if (!first) late.push(confirm);
				});
				for (const confirm of late) confirm();
				expect(lines.own).toEqual([]);
				expect(shown(lines)).toEqual(ids(words.length));
			})
		);
	});
});
