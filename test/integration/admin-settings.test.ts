import type { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typed } from "../../lib/context.ts";
import admin from "../../services/admin/admin.service.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { fakeTags } from "../harness/fake-tags.ts";

const meta = { user: { id: "1001", sessionId: "1" }, clientAddress: "192.0.2.1" };
const operator = { meta };
const name = "auth.codesPerPhonePerHourMax";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`settings on ${backend.name}`, () => {
		let opened: Opened;
		let broker: ServiceBroker;

		beforeAll(async () => {
			opened = await backend.open();
			const services = [admin, fakeTags({ "1001": ["operator"] })];
			broker = await startBroker({ env: opened.env, services, migrate: true });
		});
		afterAll(async () => {
			await broker?.stop();
			await opened?.close();
		});
		/** Without types: some of what follows must not even compile. */
		const call = (action: string, params: object, options: object = {}) =>
			broker.call(action, params, options);
		const find = async () => {
			const { items } = await typed(broker).call("admin.listSettings", {}, operator);
			return items.find((item) => item.name === name);
		};
		const rollback = (version: number) =>
			typed(broker).call("admin.rollbackSetting", { name, version }, operator);
		const change = (params: object) => call("admin.changeSetting", params, operator);

		it("starts with the defaults", async () => {
			const setting = await find();
			expect(setting?.current).toEqual({
				version: 0,
				value: setting?.default,
				isDefault: true,
				changedBy: null,
				changedAt: null,
				reason: null
			});
			const { revision, values } = await typed(broker).call("admin.settings", {});
			expect({ revision, values }).toEqual({ revision: 0, values: {} });
		});

		it("tells what was changed, by whom, when and why", async () => {
			const params = { name, value: 9, version: 0, reason: "a wave of spam" };
			const answer = await typed(broker).call("admin.changeSetting", params, operator);
			expect(answer.current).toMatchObject({
				version: 1,
				value: 9,
				isDefault: false,
				changedBy: "1001",
				changedAt: expect.stringMatching(/^\d{4}-.*Z$/),
				reason: "a wave of spam"
			});
			expect(await find()).toEqual(answer);
			const known = await typed(broker).call("admin.settings", { known: 0 });
			expect(known).toEqual({ revision: 1, values: { [name]: 9 } });
			const same = await typed(broker).call("admin.settings", { known: 1 });
			expect(same).toEqual({ revision: 1, values: null });
		});

		it("refuses what the table does not allow, and changes nothing", async () => {
			const before = await find();
			const good = { name, value: 5, version: 1, reason: "a test" };
			const refuse = (params: object, code: number) =>
				expect(change({ ...good, ...params })).rejects.toMatchObject({ code });
			for (const value of [0, 101, 1.5, "5", true]) await refuse({ value }, 422);
			await refuse({ value: { $gt: 0 } }, 422);
			await refuse({ reason: "" }, 422);
			for (const unknown of ["auth.nothing", "constructor", "__proto__"]) {
				await refuse({ name: unknown }, 404);
			}
			await refuse({ version: 0 }, 409);
			await refuse({ version: 2 }, 409);
			expect(await find()).toEqual(before);
		});

		it("lets one of two operators win who saw the same version", async () => {
			const params = { name, version: 1, reason: "a race" };
			const results = await Promise.allSettled(
				[21, 22, 23, 24].map((value) => change({ ...params, value }))
			);
			const won = results.filter((result) => result.status === "fulfilled");
			expect(won).toHaveLength(1);
			for (const result of results) {
				if (result.status === "rejected") {
					expect(result.reason).toMatchObject({ type: "SETTING_CHANGED", data: { version: 2 } });
				}
			}
			expect((await find())?.current.version).toBe(2);
		});

		it("rolls back to an earlier version and to the default, as new versions", async () => {
			expect((await rollback(1)).current).toMatchObject({ version: 3, value: 9 });
			const toDefault = await rollback(0);
			expect(toDefault.current).toMatchObject({
				version: 4,
				value: toDefault.default,
				isDefault: true
			});
			expect((await typed(broker).call("admin.settings", {})).values).toEqual({});
			await expect(rollback(99)).rejects.toMatchObject({ type: "SETTING_VERSION_NOT_FOUND" });
			await expect(rollback(5)).rejects.toMatchObject({ code: 404 });
		});

		it("keeps the history, by page", async () => {
			const history = (params: object) =>
				typed(broker).call("admin.settingHistory", { name, limit: 3, ...params }, operator);
			const first = await history({});
			const second = await history({ cursor: first.nextCursor as string });
			const versions = [...first.items, ...second.items];
			expect(versions.map((item) => item.version)).toEqual([4, 3, 2, 1]);
			expect(versions.map((item) => item.isDefault)).toEqual([true, false, false, false]);
			expect(second.nextCursor).toBeNull();
		});

		it("stands in the audit log, refused changes too", async () => {
			const params = { action: "admin.changeSetting", limit: 100 };
			const { items } = await typed(broker).call("admin.listAudit", params, operator);
			expect(items.every((item) => item.actorId === "1001" && item.clientAddress)).toBe(true);
			const outcomes = new Set(items.map((item) => item.outcome));
			expect(outcomes).toEqual(
				new Set(["begun", "ok", "VALIDATION_FAILED", "SETTING_NOT_FOUND", "SETTING_CHANGED"])
			);
			const ended = items.filter((item) => item.intentId !== null).map((item) => item.intentId);
			const begun = items.filter((item) => item.outcome === "begun").map((item) => item.id);
			expect(ended.toSorted()).toEqual(begun.toSorted());
			expect(items.find((item) => item.outcome === "ok")?.target).toBe(name);
		});

		it("are for operators only", async () => {
			const stranger = { meta: { ...meta, user: { id: "1002", sessionId: "2" } } };
			const calls = {
				"admin.listSettings": {},
				"admin.changeSetting": { name, value: 5, version: 4, reason: "mine" },
				"admin.rollbackSetting": { name, version: 1 },
				"admin.settingHistory": { name }
			};
			for (const [action, params] of Object.entries(calls)) {
				await expect(call(action, params, stranger)).rejects.toMatchObject({ code: 403 });
				await expect(call(action, params)).rejects.toMatchObject({ code: 401 });
			}
			expect((await find())?.current.version).toBe(4);
		});
	});
}
