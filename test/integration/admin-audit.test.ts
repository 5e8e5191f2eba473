import type { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typed } from "../../lib/context.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { verifyAudit } from "../../services/admin/admin.audit.verify.ts";
import admin from "../../services/admin/admin.service.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { fakeTags } from "../harness/fake-tags.ts";

const operator = { meta: { user: { id: "1001", sessionId: "1" } } };
const entry = {
	actorId: "1001",
	sessionId: "1",
	action: "users.ban",
	target: "7",
	params: '{"id":"7","reason":"你好 😀"}',
	outcome: "begun",
	intentId: null,
	requestId: "request-1",
	clientAddress: "2001:db8::1"
};
const rowCount = 100;

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`the audit log on ${backend.name}`, () => {
		let opened: Opened;
		let broker: ServiceBroker;
		let sql: Sql;

		beforeAll(async () => {
			opened = await backend.open();
			const services = [admin, fakeTags({ "1001": ["operator"] })];
			broker = await startBroker({ env: opened.env, services, migrate: true });
			sql = (broker.getLocalService("admin") as unknown as { sql: Sql }).sql;
		});
		afterAll(async () => {
			await broker?.stop();
			await opened?.close();
		});

		const verify = () => typed(broker).call("admin.verifyAudit", {}, operator);

		it("is whole while it is empty", async () => {
			const { checked, broken, next } = await verify();
			expect({ checked, broken, next }).toEqual({ checked: 0, broken: null, next: null });
		});

		it("stays one chain without gaps under concurrent records", async () => {
			const ids = await Promise.all(
				Array.from({ length: rowCount }, async (_, index) => {
					const { id } = await typed(broker).call("admin.record", {
						...entry,
						actorId: String(1001 + (index % 2)),
						target: String(index)
					});
					return id;
				})
			);
			const expected = Array.from({ length: rowCount }, (_, index) => String(index + 1));
			expect(ids.toSorted((left, right) => Number(left) - Number(right))).toEqual(expected);
			expect(await verify()).toMatchObject({
				checked: rowCount,
				last: { id: String(rowCount) },
				broken: null,
				next: null
			});
		});

		it("is checked in parts that join", async () => {
			const first = await verifyAudit(sql, { rowsMax: 30 });
			expect(first).toMatchObject({ checked: 30, complete: false, fault: undefined });
			const after = `${first.last.id}:${first.last.hash}`;
			const rest = await typed(broker).call("admin.verifyAudit", { after }, operator);
			expect(rest).toMatchObject({ checked: rowCount - 30, broken: null });
		});

		it("lists the newest first, by page, by actor and by action", async () => {
			const list = (params: object) => typed(broker).call("admin.listAudit", params, operator);
			const first = await list({ limit: 30, actorId: "1002" });
			const cursor = first.nextCursor as string;
			const second = await list({ limit: 30, actorId: "1002", cursor });
			const items = [...first.items, ...second.items];
			expect(items).toHaveLength(rowCount / 2);
			expect(second.nextCursor).toBeNull();
			expect(new Set(items.map((item) => item.actorId))).toEqual(new Set(["1002"]));
			const ids = items.map((item) => Number(item.id));
			expect(ids).toEqual(ids.toSorted((left, right) => right - left));
			expect(items[0]).toMatchObject({ params: entry.params, clientAddress: "2001:db8::1" });
			expect((await list({ action: "users.unban" })).items).toEqual([]);
			await expect(list({ cursor: "bad" })).rejects.toMatchObject({ type: "BAD_REQUEST" });
		});

		it("keeps out whoever is not an operator, and guests", async () => {
			const stranger = { meta: { user: { id: "1002", sessionId: "2" } } };
			for (const name of ["admin.listAudit", "admin.verifyAudit"] as const) {
				const refusal = typed(broker).call(name, {}, stranger);
				await expect(refusal).rejects.toMatchObject({ code: 403 });
				await expect(typed(broker).call(name, {})).rejects.toMatchObject({ code: 401 });
			}
		});

		it("finds each kind of tampering at the right row", async () => {
			const tamper = async (text: string, undo: string, at: object) => {
				await sql.execute(text);
				expect((await verify()).broken).toEqual(at);
				await sql.execute(undo);
				expect((await verify()).broken).toBeNull();
			};
			const set = (what: string, id: number) => `UPDATE admin_audit SET ${what} WHERE id = ${id}`;
			await tamper(set("actor_id = actor_id + 9", 40), set("actor_id = actor_id - 9", 40), {
				id: "40",
				reason: "content"
			});
			await tamper(set("intent_id = 1", 41), set("intent_id = NULL", 41), {
				id: "41",
				reason: "content"
			});
			await tamper(set("id = 1000", 50), "UPDATE admin_audit SET id = 50 WHERE id = 1000", {
				id: "50",
				reason: "missing"
			});
			const head = (id: number) => `UPDATE admin_audit_head SET last_id = ${id}`;
			await tamper(head(rowCount - 1), head(rowCount), { id: "99", reason: "head" });
			await tamper(head(rowCount + 1), head(rowCount), { id: "101", reason: "missing" });
		});

		it("finds that the last row was removed", async () => {
			await sql.execute("DELETE FROM admin_audit WHERE id = ?", [rowCount]);
			const { broken, last } = await verify();
			expect(broken).toEqual({ id: String(rowCount), reason: "missing" });
			expect(last.id).toBe(String(rowCount - 1));
		});

		it("can be checked by a command, with a connection of its own", async () => {
			const own = openSql(opened.env, broker);
			try {
				const { fault, checked } = await verifyAudit(own);
				expect({ fault, checked }).toEqual({
					fault: { id: String(rowCount), reason: "missing" },
					checked: rowCount - 1
				});
			} finally {
				await own.close();
			}
		});
	});
}
