/** How settings and their versions look to operators, and which values are allowed. */
import {
	isSettingName,
	type SettingName,
	type SettingValue,
	settingFault,
	settings
} from "../../config/runtime-settings.ts";
import { commonErrors } from "../../lib/errors.ts";
import { adminErrors } from "./admin.errors.ts";
import type { SettingVersion } from "./admin.settings.model.ts";

/** The name if it stands in the table; else throws SETTING_NOT_FOUND. */
export function known(name: string): SettingName {
	if (!isSettingName(name)) throw adminErrors.SETTING_NOT_FOUND();
	return name;
}

/** Throws VALIDATION_FAILED unless the setting may have this value; null is always allowed. */
export function checkValue(name: SettingName, value: SettingValue | null): void {
	const fault = value === null ? undefined : settingFault(name, value);
	if (fault) throw commonErrors.VALIDATION_FAILED({ fields: [{ field: "value", message: fault }] });
}

/** A version as operators see it; without one, the default that was never changed. */
export const shownChange = (name: SettingName, row: SettingVersion | undefined) => ({
	version: row?.version ?? 0,
	value: row?.value ?? settings[name].default,
	isDefault: row === undefined || row.value === null,
	changedBy: row?.changedBy ?? null,
	changedAt: row?.changedAt.toISOString() ?? null,
	reason: row?.reason ?? null
});

export const shownSetting = (name: SettingName, row: SettingVersion | undefined) => ({
	name,
	description: settings[name].description,
	schema: settings[name].schema,
	default: settings[name].default,
	current: shownChange(name, row)
});
