import { errors } from "../../lib/errors.ts";

export const adminErrors = errors({
	SETTING_NOT_FOUND: [404, "There is no such setting."],
	SETTING_VERSION_NOT_FOUND: [404, "This setting never had that version."],
	SETTING_CHANGED: [409, "Somebody changed this setting since you read it."]
});
