import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../../test/harness/until.ts";
import { connectTo, FakePlatform, me } from "../chat/fake-platform.ts";
import { Mailbox } from "./mailbox.ts";

let platform: FakePlatform;
let url: string;
const ends: (() => void)[] = [];
const connect = () => connectTo(url);

beforeEach(async () => {
	platform = new FakePlatform();
	url = await platform.listen();
});
afterEach(async () => {
	for (const end of ends.splice(0)) end();
	await platform.io.close();
});

describe("the mailbox", () => {
	const storage = () => {
		const map = new Map<string, string>();
		return {
			getItem: (key: string) => map.get(key) ?? null,
			setItem: (key: string, text: string) => void map.set(key, text),
			removeItem: (key: string) => void map.delete(key)
		};
	};
	const letter = (sequence: number) => ({
		...{ id: `m${sequence}`, class: "reliable", kind: "private", sequence },
		...{ from: { id: "1", nickname: "Lin", level: 0 }, body: { text: `letter ${sequence}` } },
		at: new Date(sequence * 1_000).toISOString()
	});

	it("keeps what comes and what waited, acks it, and has it after a reload", async () => {
		platform.inbox = [{ ...letter(1), sequence: undefined }];
		const parts = { connection: connect(), storage: storage(), now: Date.now };
		const mailbox = new Mailbox(parts, me);
		ends.push(mailbox.start());
		await until(() => mailbox.letters().items.length === 1);
		for (const sequence of [1, 2, 3, 2]) platform.io.emit("message", letter(sequence));
		await until(() => platform.named("im.ack").some(({ upTo }) => upTo === 3));
		const ids = ["m1", "m2", "m3"];
		expect(mailbox.letters().items.map(({ id }) => id)).toEqual(ids);
		expect(new Mailbox(parts, me).letters().items.map(({ id }) => id)).toEqual(ids);
		expect(new Mailbox(parts, "8").letters().items).toEqual([]);
	});

	it("sends once under one id, however often it has to try", async () => {
		const mailbox = new Mailbox({ connection: connect(), storage: storage(), now: Date.now }, me);
		ends.push(mailbox.start());
		const peer = { id: "1", nickname: "Lin" };
		await mailbox.send(peer, "hello");
		const [failed] = mailbox.letters().items;
		expect(failed).toMatchObject({ state: "failed", code: "OFFLINE" });
		await until(() => platform.io.of("/").sockets.size === 1);
		await until(async () => {
			const [waiting] = mailbox.letters().items;
			if (waiting?.state) await mailbox.retry(waiting);
			return mailbox.letters().items[0]?.state === undefined;
		});
		expect(mailbox.letters().items).toHaveLength(1);
		expect(platform.named("im.tell")).toEqual([
			{ userId: "1", clientId: failed?.id, text: "hello" }
		]);
	});
});
