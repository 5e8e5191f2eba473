import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import {
	Empty,
	Id,
	nullable,
	object,
	oneOf,
	page,
	pageParams,
	Time,
	Type
} from "../../lib/schemas.ts";

const ActionName = Type.String({ pattern: "^[a-z][A-Za-z0-9.-]{0,99}$" });
/** `begun`, `ok`, or the code of an error. */
const Outcome = Type.String({ pattern: "^[A-Za-z][A-Za-z0-9_.-]{0,63}$" });
const Hash = Type.String({ pattern: "^[0-9a-f]{64}$" });
const text = (charactersMax: number) => nullable(Type.String({ maxLength: charactersMax }));

/** What is under the hash of an audit row besides its place and time. */
const entry = {
	actorId: Id,
	sessionId: Id,
	action: ActionName,
	target: text(limits.auditTargetCharactersMax),
	outcome: Outcome,
	intentId: nullable(Id),
	requestId: text(limits.requestIdCharactersMax),
	clientAddress: text(64),
	params: Type.String({
		maxLength: limits.auditParamsCharactersMax,
		description: "JSON without secrets and personal data"
	})
};

/** A row of the chain; 0 before the first. */
const Link = object({ id: Type.String({ pattern: "^[0-9]{1,16}$" }), hash: Hash });

const Value = Type.Union([
	Type.Boolean(),
	Type.Number(),
	Type.String({ maxLength: limits.settingTextCharactersMax })
]);
/** 0 is the default, before the first change. */
const Version = Type.Integer({ minimum: 0, maximum: limits.idMax });
const SettingName = Type.String({ maxLength: limits.settingNameCharactersMax });
const Reason = Type.String({ minLength: 1, maxLength: limits.settingReasonCharactersMax });

const Change = object({
	version: Version,
	value: Value,
	/** Whether the value is the default of the code, whatever that is by now. */
	isDefault: Type.Boolean(),
	changedBy: nullable(Id),
	changedAt: nullable(Time),
	reason: nullable(Type.String())
});
const Setting = object({
	name: Type.String(),
	description: Type.String(),
	/** JSON Schema of what is allowed. */
	schema: Type.Unknown(),
	default: Value,
	current: Change
});

/**
 * What operators do, seen by all who come after: the audit log, and the settings that may change
 * while the platform runs.
 */
export const admin = contract("admin", {
	actions: {
		record: {
			summary: "Appends a row to the audit chain.",
			auth: "internal",
			params: object(entry),
			returns: object({ id: Id })
		},
		listAudit: {
			summary: "What operators did, the newest first.",
			rest: "GET /admin/audit",
			auth: "operator",
			params: object({
				...pageParams,
				actorId: Type.Optional(Id),
				action: Type.Optional(ActionName)
			}),
			returns: page(object({ ...entry, id: Id, at: Time, hash: Hash })),
			read: true
		},
		verifyAudit: {
			summary: "Finds the first row of the audit chain that is not as it was written.",
			rest: "GET /admin/audit/verification",
			auth: "operator",
			params: object({
				after: Type.Optional(
					Type.String({
						pattern: "^[1-9][0-9]{0,15}:[0-9a-f]{64}$",
						description: "A row known to be good, as id:hash; everything before is not read again"
					})
				)
			}),
			returns: object({
				checked: Type.Integer({ minimum: 0 }),
				/** The last good row. Kept elsewhere, it proves later that the past was not rewritten. */
				last: Link,
				broken: nullable(
					object({ id: Type.String(), reason: oneOf("missing", "link", "content", "head") })
				),
				/** `after` of the call that checks on; null when all is checked or a row is broken. */
				next: nullable(Type.String())
			}),
			read: true
		},
		settings: {
			summary: "The settings that differ from their defaults, unless the caller knows them.",
			auth: "internal",
			params: object({ known: Type.Optional(Type.Integer({ minimum: 0 })) }),
			returns: object({
				revision: Type.Integer({ minimum: 0 }),
				/** Null when `known` is the revision. */
				values: nullable(Type.Record(Type.String(), Value))
			}),
			read: true
		},
		listSettings: {
			summary: "What may be changed at run time: values, defaults, and who changed them.",
			rest: "GET /admin/settings",
			auth: "operator",
			params: Empty,
			returns: object({ items: Type.Array(Setting) }),
			read: true
		},
		changeSetting: {
			summary: "Changes a setting on all nodes within a second.",
			rest: "PUT /admin/settings/:name",
			auth: "operator",
			params: object({
				name: SettingName,
				value: Value,
				/** The version that the operator saw. */
				version: Version,
				reason: Reason
			}),
			returns: Setting,
			errors: ["SETTING_NOT_FOUND", "SETTING_CHANGED", "VALIDATION_FAILED"]
		},
		rollbackSetting: {
			summary: "Gives a setting the value of an earlier version, as a new version.",
			rest: "POST /admin/settings/:name/rollback",
			auth: "operator",
			params: object({ name: SettingName, version: Version }),
			returns: Setting,
			errors: ["SETTING_NOT_FOUND", "SETTING_VERSION_NOT_FOUND", "VALIDATION_FAILED"]
		},
		settingHistory: {
			summary: "The versions of a setting, the newest first.",
			rest: "GET /admin/settings/:name/history",
			auth: "operator",
			params: object({ name: SettingName, ...pageParams }),
			returns: page(Change),
			errors: ["SETTING_NOT_FOUND"],
			read: true
		}
	},
	events: {
		/** Read the settings again now instead of at the next poll. */
		settingChanged: object({ name: Type.String(), revision: Type.Integer({ minimum: 1 }) })
	}
});
