import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { deviceId, from, nextUser, routerStage } from "../../test/integration/im-router-stage.ts";
import { sweepOld } from "./im-router.sweep.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`messages that must arrive on ${backend.name}`, () => {
		const stage = routerStage(backend);
		const { call, connect, directs, deliveries, tell } = stage;

		it("keeps what is told until a device has it, and counts a repeat once", async () => {
			const userId = nextUser();
			const { id } = await tell(userId, "a");
			expect(await tell(userId, "a")).toEqual({ id });
			const inbox = await call("im-router.inbox", { userId });
			expect(inbox).toEqual({
				items: [
					{
						...{ id, class: "reliable", kind: "private", from, at: expect.any(String) },
						body: { text: "text a" }
					}
				],
				more: false
			});
			expect(deliveries).toEqual([]);

			const first = await connect(userId);
			expect(first.pending).toEqual([{ ...inbox.items[0], sequence: first.sequence }]);
			await tell(userId, "b");
			await until(() => directs(userId).length === 1);
			const [sent] = directs(userId);
			expect(sent).toMatchObject({ deviceId, epoch: first.epoch, sequence: first.sequence + 1 });
			expect(JSON.parse(sent?.json ?? "")).toMatchObject({
				...{ sequence: first.sequence + 1, body: { text: "text b" } }
			});

			const device = { userId, deviceId };
			const ack = (epoch: number, upTo: number) =>
				call("im-router.ack", { ...device, epoch, upTo });
			expect(await ack(first.epoch, first.sequence)).toEqual({ acked: 1 });
			expect(await ack(first.epoch, first.sequence)).toEqual({ acked: 0 });
			const second = await connect(userId);
			expect(second.epoch).toBeGreaterThan(first.epoch);
			expect(second.pending).toMatchObject([{ body: { text: "text b" } }]);
			expect(second.sequence).toBe(first.sequence + 1);
			expect(await ack(first.epoch, second.sequence)).toEqual({ acked: 0 });
			expect((await call("im-router.inbox", { userId })).items).toHaveLength(1);
			expect(await ack(second.epoch, second.sequence)).toEqual({ acked: 1 });
			expect((await call("im-router.inbox", { userId })).items).toEqual([]);
			// Acked, so it is not sent again either.
			deliveries.length = 0;
			await tell(userId, "b");
			await call("im-router.hint", { ...hintTo(userId), messageId: "h" });
			await until(() => directs(userId).length === 1);
			expect(directs(userId)[0]?.sequence).toBeUndefined();
		});

		const hintTo = (...userIds: string[]) =>
			({ userIds, messageId: "hint-1", kind: "system", body: { what: "live" } }) as const;

		it("tells nobody who is not there", async () => {
			await expect(tell("10001", "a")).rejects.toMatchObject({ type: "NOT_FOUND" });
			expect((await call("im-router.inbox", { userId: "10001" })).items).toEqual([]);
		});

		it("notifies each user once, on all devices; hints reach only who is there", async () => {
			const [here, away] = [nextUser(), nextUser()];
			await connect(here);
			await connect(here, "laptop-001");
			const userIds = [here, away, here];
			const message = {
				userIds,
				messageId: "order-1",
				kind: "order",
				body: { order: "1" }
			} as const;
			await call("im-router.notify", message);
			await call("im-router.notify", message);
			await until(() => new Set(directs(here).map((direct) => direct.deviceId)).size === 2);
			for (const userId of [here, away]) {
				const { items } = await call("im-router.inbox", { userId });
				expect(items).toMatchObject([{ id: "order-1", kind: "order", body: { order: "1" } }]);
			}
			await call("im-router.hint", hintTo(here, away));
			const hints = () => directs(here).filter(({ sequence }) => sequence === undefined);
			await until(() => hints().length === 2);
			expect(JSON.parse(hints()[0]?.json ?? "")).toMatchObject({ id: "hint-1", kind: "system" });
			expect(directs(away)).toEqual([]);
			expect((await call("im-router.inbox", { userId: away })).items).toHaveLength(1);
		});

		it("pages through the inbox", async () => {
			const userId = nextUser();
			const told = [];
			for (const clientId of ["a", "b", "c"]) told.push((await tell(userId, clientId)).id);
			const message = { messageId: "s-1", kind: "system", body: {} } as const;
			await call("im-router.notify", { userIds: [userId], ...message });
			await tell(userId, "d");
			const first = await call("im-router.inbox", { userId, limit: 2 });
			expect(first).toMatchObject({ items: [{ id: told[0] }, { id: told[1] }], more: true });
			const after = (id: string | undefined) =>
				call("im-router.inbox", { userId, after: id ?? "", limit: 2 });
			const second = await after(told[1]);
			expect(second).toMatchObject({ items: [{ id: told[2] }, { id: "s-1" }], more: true });
			expect((await after("s-1")).items).toMatchObject([{ body: { text: "text d" } }]);
			expect((await after("gone")).items).toHaveLength(2);
		});

		it("refuses tells to a full inbox, and takes what the platform says", async () => {
			const userId = nextUser();
			const count = limits.inboxUnreadTellMax;
			const all = Array.from({ length: count + 20 }, (_, index) => tell(userId, `c${index}`));
			const results = await Promise.allSettled(all);
			const refused = results.filter(({ status }) => status === "rejected");
			expect(refused).toHaveLength(20);
			for (const each of refused) expect(each).toMatchObject({ reason: { type: "INBOX_FULL" } });
			const message = { messageId: "s-2", kind: "system", body: {} } as const;
			await call("im-router.notify", { userIds: [userId], ...message });
			expect(await tell(userId, "c0")).toEqual({ id: expect.any(String) });
			// More wait than one connection is shown: the rest comes as the first are acked.
			const { epoch, sequence, pending } = await connect(userId);
			expect(pending).toHaveLength(limits.pendingFromInboxMax);
			await call("im-router.ack", { userId, deviceId, epoch, upTo: sequence });
			await until(() => directs(userId).length >= limits.pendingFromInboxMax);
			expect(directs(userId)[0]?.sequence).toBe(sequence + 1);
		});

		it("forgets what is old, read messages sooner", async () => {
			const [reader, stranger] = [nextUser(), nextUser()];
			const { epoch } = await connect(reader);
			for (const userId of [reader, stranger]) await tell(userId, "old");
			await until(() => directs(reader).length === 1);
			const upTo = directs(reader)[0]?.sequence ?? 0;
			await call("im-router.ack", { userId: reader, deviceId, epoch, upTo });
			const left = async () =>
				(
					await stage
						.db()
						.query<{ user_id: number }>(
							"SELECT user_id FROM im_router_inbox WHERE user_id IN (?, ?) ORDER BY user_id",
							[reader, stranger]
						)
				).map((row) => String(row.user_id));
			const later = (seconds: number) => new Date(Date.now() + seconds * 1000);
			await sweepOld(stage.db(), later(limits.inboxReadSecondsMax - 60));
			expect(await left()).toEqual([reader, stranger]);
			await sweepOld(stage.db(), later(limits.inboxReadSecondsMax + 60));
			expect(await left()).toEqual([stranger]);
			await sweepOld(stage.db(), later(limits.inboxUnreadSecondsMax + 60));
			expect(await left()).toEqual([]);
		});
	});
}
