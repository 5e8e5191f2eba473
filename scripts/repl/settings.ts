import { settingNames, settings } from "../../config/runtime-settings.ts";
import { type Command, columns } from "./command.ts";

export const settingsCommand: Command = {
	usage: "settings",
	description: "The settings that operators may change at run time",
	async run({ call }) {
		const { revision, values } = await call("admin.settings");
		const rows = settingNames.map((name) => {
			const { default: standard, description } = settings[name];
			return [name, values?.[name] ?? standard, standard, description];
		});
		const names = ["setting", "value", "default", "what it is"];
		return `${columns(names, rows)}\nrevision ${revision}`;
	}
};
