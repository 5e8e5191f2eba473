import { listSegments } from "../../services/ids/ids.model.ts";
import { type Command, columns } from "./command.ts";

export const segmentsCommand: Command = {
	usage: "segments",
	description: "How far the ids of each name have come",
	async run({ sql }) {
		const rows = await listSegments(sql());
		return columns(
			["name", "next", "step", "claims"],
			rows.map(({ name, nextValue, step, version }) => [name, nextValue, step, version - 1])
		);
	}
};
