import { servicesOf } from "../../config/processes.ts";
import { type Command, columns } from "./command.ts";

export const servicesOfCommand: Command = {
	usage: "services-of <role>",
	description: "The services of a role, and the nodes that offer each of them now",
	async run({ broker }, { role = "" }) {
		const offered = broker.registry.getServiceList({ onlyAvailable: true });
		const rows = servicesOf(role).map((name) => {
			const nodes = offered.filter((service) => service.name === name);
			return [name, nodes.map(({ nodeID }) => nodeID).join(" ") || undefined];
		});
		return columns(["service", "nodes"], rows);
	}
};
