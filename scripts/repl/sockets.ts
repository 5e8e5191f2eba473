import { type Command, columns } from "./command.ts";

export const socketsCommand: Command = {
	usage: "sockets",
	description: "The sockets of all nodes: whose they are, their rooms, and what they did not take",
	async run({ broker, call }) {
		const offered = broker.registry.getServiceList({ onlyAvailable: true });
		const nodes = offered
			.filter(({ name }) => name === "im-gateway")
			.map(({ nodeID }) => String(nodeID));
		if (nodes.length === 0) return "No node has sockets.";
		// A node that does not answer must not hide the others.
		const answers = await Promise.allSettled(
			nodes.map((nodeID) => call("im-gateway.sockets", {}, { nodeID }))
		);
		const rows = answers.flatMap((answer, index) => {
			const node = nodes[index];
			if (answer.status === "rejected") return [[node, "does not answer"]];
			return answer.value.items.map(({ id, userId, deviceId, rooms, unsentBytes }) => [
				...[node, id, userId, deviceId, rooms.join(" ") || undefined, unsentBytes]
			]);
		});
		if (rows.length === 0) return `${nodes.length} nodes, no sockets.`;
		return columns(["node", "socket", "user", "device", "rooms", "unsent bytes"], rows);
	}
};
