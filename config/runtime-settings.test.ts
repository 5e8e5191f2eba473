import { describe, expect, it } from "vitest";
import { limits } from "./limits.ts";
import { isSettingName, settingFault, settingNames, settings } from "./runtime-settings.ts";

describe("the table of run-time settings", () => {
	it.each(settingNames)("%s: its default is allowed, its name fits the table", (name) => {
		expect(settingFault(name, settings[name].default)).toBeUndefined();
		expect(name).toMatch(/^[a-z][a-z-]*\.[a-z][A-Za-z]*$/);
		expect(name.length).toBeLessThanOrEqual(limits.settingNameCharactersMax);
		expect(settings[name].description.length).toBeGreaterThan(10);
	});

	it("refuses what the entry does not allow", () => {
		expect(settingFault("auth.registrationsOpen", "true")).toBe("must be boolean");
		expect(settingFault("auth.codesPerPhonePerHourMax", 0)).toBe("must be >= 1");
		expect(settingFault("auth.codesPerPhonePerHourMax", 1.5)).toBe("must be integer");
		expect(settingFault("auth.codesPerPhonePerHourMax", null)).toBe("must be integer");
	});

	it.each(["constructor", "__proto__", "toString", "", "auth"])("does not know %j", (name) => {
		expect(isSettingName(name)).toBe(false);
	});
});
