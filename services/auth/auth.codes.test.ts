import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { deleteOldCodes } from "./auth.codes.model.ts";
import { Codes } from "./auth.codes.ts";
import { authErrors } from "./auth.errors.ts";
import { LogSms } from "./sms/log.ts";
import { findMessages } from "./sms/messages.model.ts";
import type { SmsMessage, SmsProvider } from "./sms/provider.ts";

const phone = "+8613800000001";
const now = new Date("2026-11-21T09:00:00.000Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const key = randomBytes(32);

/** Keeps what was sent, or fails like a provider that is away. */
class TestSms implements SmsProvider {
	readonly sent: SmsMessage[] = [];
	isAway = false;

	async send(message: SmsMessage): Promise<void> {
		if (this.isAway) throw authErrors.SMS_UNAVAILABLE();
		this.sent.push(message);
	}

	get lastCode(): string {
		return this.sent.at(-1)?.code ?? "";
	}
}

const wrong = (code: string, offset = 1): string =>
	String((Number(code) + offset) % 1_000_000).padStart(6, "0");

describe.each(sqlBackends)("sign-in codes on $name", (backend) => {
	const openDatabase = databasesOf(backend, ["auth"]);

	async function open(): Promise<{ db: Sql; sms: TestSms; codes: Codes }> {
		const db = await openDatabase();
		const sms = new TestSms();
		return { db, sms, codes: new Codes(db, key, sms) };
	}
	const send = (codes: Codes, at = now, to = phone) => codes.send(to, { now: at, perHourMax: 3 });

	it.skipIf(!backend.available)("a code works once, for its phone, in its time", async () => {
		const { db, codes, sms } = await open();
		await send(codes);
		expect(sms.lastCode).toMatch(/^\d{6}$/);
		expect(sms.sent[0]?.text).toContain(sms.lastCode);
		expect(await codes.use("+8613800000002", sms.lastCode, now)).toBe(false);
		expect(await codes.use(phone, sms.lastCode, later(300))).toBe(false);
		expect(await codes.use(phone, sms.lastCode, later(299))).toBe(true);
		expect(await codes.use(phone, sms.lastCode, later(299))).toBe(false);
		const [row] = await db.query("SELECT * FROM auth_codes");
		const stored = Object.values(row ?? {}).map((value) =>
			Buffer.isBuffer(value) ? value.toString("latin1") : String(value)
		);
		expect(stored.join()).not.toContain(sms.lastCode);
		expect(stored.join()).not.toContain("13800000001");
	});

	it.skipIf(!backend.available)("of the same code used 20 times at once, one counts", async () => {
		const { codes, sms } = await open();
		await send(codes);
		const uses = Array.from({ length: 20 }, () => codes.use(phone, sms.lastCode, now));
		expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
	});

	it.skipIf(!backend.available)("100 guesses at once are five guesses", async () => {
		const { codes, sms } = await open();
		await send(codes);
		const guesses = Array.from({ length: 100 }, (_, n) =>
			codes.use(phone, wrong(sms.lastCode, n + 1), now)
		);
		expect((await Promise.all(guesses)).filter(Boolean)).toHaveLength(0);
		expect(await codes.use(phone, sms.lastCode, now)).toBe(false);
		// A new code brings new tries, and the old one does not come back.
		const before = sms.lastCode;
		await send(codes, later(60));
		for (let tries = 0; tries < 4; tries++) {
			expect(await codes.use(phone, wrong(sms.lastCode), later(60))).toBe(false);
		}
		if (before !== sms.lastCode) expect(await codes.use(phone, before, later(60))).toBe(false);
		else expect(await codes.use(phone, sms.lastCode, later(60))).toBe(true);
	});

	it.skipIf(!backend.available)("sends one code a minute, few in an hour", async () => {
		const { codes, sms } = await open();
		const results = await Promise.allSettled(Array.from({ length: 20 }, () => send(codes)));
		expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
		expect(sms.sent).toHaveLength(1);
		await expect(send(codes, later(20))).rejects.toMatchObject({
			type: "CODE_SENT_LATELY",
			code: 429,
			data: { retryAfterMs: 40_000 }
		});
		await send(codes, later(20), "+8613800000002");
		await send(codes, later(60));
		await send(codes, later(120));
		await expect(send(codes, later(180))).rejects.toMatchObject({
			data: { retryAfterMs: 3_420_000 }
		});
		await send(codes, later(3_600));
		expect(sms.sent).toHaveLength(5);
	});

	it.skipIf(!backend.available)("a message that did not leave may be asked for again", async () => {
		const { codes, sms } = await open();
		sms.isAway = true;
		await expect(send(codes)).rejects.toMatchObject({ type: "SMS_UNAVAILABLE" });
		sms.isAway = false;
		await send(codes, later(1));
		expect(await codes.use(phone, sms.lastCode, later(2))).toBe(true);
	});

	it.skipIf(!backend.available)("the log provider keeps messages where all nodes see", async () => {
		const { db } = await open();
		const sms = new LogSms(db);
		for (const id of ["a1", "a2"])
			await sms.send({ id, phone, text: `text ${id}`, code: "123456" });
		await sms.send({ id: "b1", phone: "+8613800000002", text: "other", code: "000000" });
		const found = await findMessages(db, phone);
		expect(found.map(({ text }) => text).toSorted()).toEqual(["text a1", "text a2"]);
		expect(await findMessages(db)).toHaveLength(3);
	});

	it.skipIf(!backend.available)("forgets phones after two days", async () => {
		const { db, codes } = await open();
		await send(codes);
		await deleteOldCodes(db, later(86_400));
		expect(await db.query("SELECT 1 FROM auth_codes")).toHaveLength(1);
		await deleteOldCodes(db, later(3 * 86_400));
		expect(await db.query("SELECT 1 FROM auth_codes")).toHaveLength(0);
	});
});
