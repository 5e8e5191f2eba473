import { isError } from "../../lib/errors.ts";
import { type Command, columns } from "./command.ts";

export const roomCommand: Command = {
	usage: "room <id>",
	description: "How far the log of a room has come, and the nodes that get what is said there",
	async run({ call }, { id = "" }) {
		try {
			const { epoch, offset, kept, nodes } = await call("im-router.room", { roomId: id });
			const head = `epoch ${epoch}, ${offset} lines so far, the last ${kept} kept`;
			if (nodes.length === 0) return `${head}; no node wants them`;
			const rows = nodes.map(({ nodeId, incarnation }) => [nodeId, incarnation]);
			return `${head}\n${columns(["node", "incarnation"], rows)}`;
		} catch (error) {
			if (!isError(error, "NOT_FOUND")) throw error;
			return `Nothing was said in room ${id} lately, and nobody is in it.`;
		}
	}
};
