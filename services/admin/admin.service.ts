import { limits } from "../../config/limits.ts";
import {
	type SettingName,
	type SettingValue,
	settingNames
} from "../../config/runtime-settings.ts";
import { typed } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { service } from "../../lib/service.ts";
import { sql, type Transaction } from "../../mixins/sql/index.ts";
import { append, newest } from "./admin.audit.model.ts";
import { linkOf, shownRow } from "./admin.audit.rules.ts";
import { verifyAudit } from "./admin.audit.verify.ts";
import { admin } from "./admin.contract.ts";
import { adminErrors } from "./admin.errors.ts";
import {
	currentSettings,
	findSetting,
	historyOf,
	putSetting,
	revisionOf,
	type SettingVersion,
	takeTurn
} from "./admin.settings.model.ts";
import { checkValue, known, shownChange, shownSetting } from "./admin.settings.rules.ts";

/** Says which value a setting gets, knowing the one in force; may refuse by throwing. */
type Decide = (
	tx: Transaction,
	current: SettingVersion | undefined
) => Promise<SettingValue | null>;

export default service(admin, {
	mixins: [sql()],
	methods: {
		/** One change at a time in the whole cluster; other nodes are told after the commit. */
		change(name: SettingName, by: { actorId: string; reason: string }, decide: Decide) {
			return this.sql.transaction(async (tx) => {
				const revision = await takeTurn(tx);
				const current = await findSetting(tx, name);
				const value = await decide(tx, current);
				checkValue(name, value);
				const change: SettingVersion = {
					name,
					value,
					version: (current?.version ?? 0) + 1,
					changedBy: by.actorId,
					changedAt: new Date(),
					reason: by.reason
				};
				await putSetting(tx, change);
				tx.afterCommit("admin.settingChanged", (broker) => {
					const told = typed(broker).broadcast("admin.settingChanged", { name, revision });
					// Only a hint: nodes that miss it find the new revision at their next poll.
					told.catch((error) => this.logger.warn("A settings hint was not sent:", error));
				});
				return shownSetting(name, change);
			});
		}
	},
	actions: {
		async record(ctx) {
			const row = await this.sql.transaction((tx) => append(tx, ctx.params));
			// The witness outside the database: who rewrites the table cannot rewrite the log.
			this.logger.info(`Audit row ${row.id} is ${row.hash}.`);
			return { id: row.id };
		},
		async listAudit(ctx) {
			const { actorId, action, cursor, limit = limits.pageItemsDefault } = ctx.params;
			const [before] = cursor === undefined ? [] : decodeCursor(cursor, ["number"]);
			const rows = await newest(this.sql, { actorId, action, before }, limit + 1);
			const { items, nextCursor } = pageOf(rows, limit, (row) => [Number(row.id)]);
			return { items: items.map(shownRow), nextCursor };
		},
		async verifyAudit(ctx) {
			const { checked, last, fault, complete } = await verifyAudit(this.sql, {
				from: linkOf(ctx.params.after),
				rowsMax: limits.auditVerifyRowsMax
			});
			const isMore = !complete && fault === undefined;
			const next = isMore ? `${last.id}:${last.hash}` : null;
			return { checked, last, broken: fault ?? null, next };
		},
		async settings(ctx) {
			// The revision is read first: rows newer than it are read again, never missed.
			const revision = await revisionOf(this.sql);
			if (revision === ctx.params.known) return { revision, values: null };
			const values: Record<string, SettingValue> = {};
			for (const row of await currentSettings(this.sql)) {
				if (row.value !== null) values[row.name] = row.value;
			}
			return { revision, values };
		},
		async listSettings() {
			const rows = new Map((await currentSettings(this.sql)).map((row) => [row.name, row]));
			return { items: settingNames.map((name) => shownSetting(name, rows.get(name))) };
		},
		changeSetting(ctx) {
			const { value, version, reason } = ctx.params;
			const actorId = ctx.meta.user.id;
			return this.change(known(ctx.params.name), { actorId, reason }, async (_tx, current) => {
				const seen = current?.version ?? 0;
				if (seen !== version) throw adminErrors.SETTING_CHANGED({ version: seen });
				return value;
			});
		},
		rollbackSetting(ctx) {
			const { version } = ctx.params;
			const name = known(ctx.params.name);
			const by = { actorId: ctx.meta.user.id, reason: `Back to version ${version}.` };
			return this.change(name, by, async (tx) => {
				if (version === 0) return null;
				const [row] = await historyOf(tx, name, { before: version + 1, count: 1 });
				if (row?.version !== version) throw adminErrors.SETTING_VERSION_NOT_FOUND();
				return row.value;
			});
		},
		async settingHistory(ctx) {
			const { cursor, limit = limits.pageItemsDefault } = ctx.params;
			const name = known(ctx.params.name);
			const [before] = cursor === undefined ? [limits.idMax] : decodeCursor(cursor, ["number"]);
			const rows = await historyOf(this.sql, name, { before, count: limit + 1 });
			const { items, nextCursor } = pageOf(rows, limit, (row) => [row.version]);
			return { items: items.map((row) => shownChange(name, row)), nextCursor };
		}
	}
});
