import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import {
	type Letter,
	type Letters,
	letterOf,
	lettersKeptMax,
	merged,
	noLetters,
	platformPeer,
	replaced,
	threadsOf,
	unreadOf,
	withLetter,
	withSeen
} from "./letters.ts";

const letter = (number: number, change: Partial<Letter> = {}): Letter => ({
	id: `l${number}`,
	peer: { id: "2", nickname: "Lin" },
	isMine: false,
	kind: "private",
	text: `text ${number}`,
	at: new Date(number * 1_000).toISOString(),
	...change
});
const boxOf = (...items: Letter[]): Letters => items.reduce(withLetter, noLetters);

const envelope: Envelope = {
	id: "e1",
	class: "reliable",
	kind: "private",
	from: { id: "2", nickname: "Lin", level: 3 },
	sequence: 1,
	at: "2026-01-01T00:00:00.000Z",
	body: { text: "hello" }
};

describe("letters", () => {
	it("come from people, and from the platform under one name", () => {
		expect(letterOf(envelope)).toMatchObject({ peer: { id: "2" }, text: "hello", isMine: false });
		const { from: _, ...rest } = envelope;
		const order = { ...rest, kind: "order", body: {} } as const;
		expect(letterOf(order)).toMatchObject({ peer: platformPeer, kind: "order", text: "" });
	});

	it("tell the platform's news by what they are about, and leave out what is unknown", () => {
		const { from: _, ...rest } = envelope;
		const system = (body: Envelope["body"]) => letterOf({ ...rest, kind: "system", body })?.news;
		const host = { id: "9", nickname: "Mia" };
		expect(system({ type: "went-live", roomId: "5", host, title: "Tea" })).toEqual({
			...{ type: "went-live", roomId: "5", name: "Mia" }
		});
		expect(system({ type: "recharged", coins: 60 })).toEqual({ type: "recharged", coins: 60 });
		expect(system({ type: "went-live", roomId: 5 })).toBeUndefined();
		const order = (body: Envelope["body"]) => letterOf({ ...rest, kind: "order", body })?.news;
		expect(order({ type: "sale-refunded", orderId: "8" })).toEqual({
			...{ type: "order", event: "returned", orderId: "8" }
		});
		expect(order({ type: "toString", orderId: "8" })).toBeUndefined();
		expect(order({ type: "paid" })).toBeUndefined();
		expect(system({ type: "from the future" })).toBeUndefined();
	});

	it("are not what a room says, nor what has no words", () => {
		expect(letterOf({ ...envelope, kind: "chat", roomId: "5" })).toBeUndefined();
		expect(letterOf({ ...envelope, kind: "viewers", body: { viewers: 3 } })).toBeUndefined();
	});

	it("are the same in every order of coming, once each", () => {
		const numbers = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 });
		fc.assert(
			fc.property(numbers, (order) => {
				const items = boxOf(...order.map((number) => letter(number))).items;
				const expected = [...new Set(order)].sort((a, b) => a - b);
				expect(items.map(({ id }) => id)).toEqual(expected.map((number) => `l${number}`));
			})
		);
	});

	it("keep the newest when there are too many", () => {
		const many = Array.from({ length: lettersKeptMax + 5 }, (_, index) => letter(index));
		const { items } = merged(noLetters, { items: many, seen: {} });
		expect(items).toHaveLength(lettersKeptMax);
		expect(items[0]?.id).toBe("l5");
	});

	it("are new until they were seen; own ones never are", () => {
		let letters = boxOf(letter(1), letter(2), letter(3, { isMine: true }));
		expect(unreadOf(letters)).toBe(2);
		letters = withSeen(letters, "2");
		expect(unreadOf(letters)).toBe(0);
		letters = withLetter(letters, letter(4));
		expect(threadsOf(letters)).toMatchObject([{ peer: { id: "2" }, unread: 1 }]);
		// Another tab has seen them.
		expect(unreadOf(merged(letters, { items: [], seen: { "2": letter(4).at } }))).toBe(0);
	});

	it("stand by person, the latest first, under the newest name", () => {
		const letters = boxOf(
			letter(1),
			letter(2, { peer: { id: "3", nickname: "Kim" } }),
			letter(3, { peer: { id: "2", nickname: "Lin Lin" } })
		);
		const names = threadsOf(letters).map(({ peer }) => peer.nickname);
		expect(names).toEqual(["Lin Lin", "Kim"]);
	});

	it("change from sending to sent, and never back", () => {
		const sending = letter(5, { id: "c1", isMine: true, state: "sending" });
		const letters = boxOf(sending);
		const { state: _, ...done } = sending;
		const sent = replaced(letters, "c1", { ...done, id: "m9" });
		expect(sent.items).toMatchObject([{ id: "m9" }]);
		const settled = boxOf({ ...done, id: "c1" });
		expect(merged(settled, letters).items).toEqual(settled.items);
		expect(merged(letters, settled).items).toEqual(settled.items);
	});
});
