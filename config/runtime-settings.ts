/**
 * Everything that operators may change while the platform runs: a closed table. What is not in it
 * is changed by a release. The default is a limit of `config/limits.ts` or a switch.
 *
 * A service reads a setting by `this.runtimeSettings.get("auth.registrationsOpen")`
 * (`mixins/runtime-settings`); `services/admin` keeps, audits and rolls back the changes. A name
 * says the service it belongs to, and its unit last. A name must not be given another meaning:
 * its history stays.
 */
import { Ajv, type ValidateFunction } from "ajv";
import { type Static, type TSchema, Type } from "typebox";
import { limits } from "./limits.ts";

export interface SettingEntry {
	/** Bounds that no operator can pass: also a mistyped value must leave the platform usable. */
	readonly schema: TSchema;
	readonly default: SettingValue;
	readonly description: string;
}

export type SettingValue = boolean | number | string;

export const settings = {
	"auth.codesPerPhonePerHourMax": {
		schema: Type.Integer({ minimum: 1, maximum: 100 }),
		default: limits.codesPerPhonePerHourMax,
		description: "Sign-in codes that one phone may be sent within an hour"
	},
	"auth.registrationsOpen": {
		schema: Type.Boolean(),
		default: true,
		description: "Whether new people may register; who has an account may always sign in"
	},
	"gifts.hostSharePercent": {
		schema: Type.Integer({ minimum: 0, maximum: 100 }),
		default: limits.giftHostSharePercent,
		description:
			"What the host gets of each gift; the platform gets the rest, and what is left over"
	},
	"orders.unpaidMinutes": {
		schema: Type.Integer({ minimum: 1, maximum: 1_440 }),
		default: limits.orderUnpaidMinutes,
		description: "How long an order waits for its payment before its goods are free again"
	},
	"rooms.graceSeconds": {
		schema: Type.Integer({ minimum: 1, maximum: 3_600 }),
		default: limits.roomGraceSeconds,
		description: "How long a paused room waits for its encoder before the session ends"
	}
} as const satisfies Record<string, SettingEntry>;

export type SettingName = keyof typeof settings;
export type SettingValueOf<N extends SettingName> = Static<(typeof settings)[N]["schema"]>;

export const settingNames = Object.keys(settings) as SettingName[];

/** Whether `name` stands in the table; `constructor` and its like do not. */
export const isSettingName = (name: string): name is SettingName => Object.hasOwn(settings, name);

const ajv = new Ajv({ strict: false });
const checks = new Map<SettingName, ValidateFunction>(
	settingNames.map((name) => [name, ajv.compile(settings[name].schema)])
);

/** What is wrong with `value` as that setting, in words; undefined when nothing is. */
export function settingFault(name: SettingName, value: unknown): string | undefined {
	const check = checks.get(name) as ValidateFunction;
	return check(value) ? undefined : (check.errors?.[0]?.message ?? "is not valid");
}
