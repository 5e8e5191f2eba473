import { contract } from "../../lib/contract.ts";
import { Id, object, Type } from "../../lib/schemas.ts";

/** About the size of a chat message. */
export const Message = object({
	roomId: Id,
	userId: Id,
	clientId: Type.String({ maxLength: 64 }),
	text: Type.String({ maxLength: 500 }),
	at: Type.Integer(),
	colours: Type.Array(Type.Integer(), { maxItems: 8 })
});

export const message = {
	roomId: "1024",
	userId: "900719925474",
	clientId: "0d6cfa2a-6d9b-4d3c-a3a7-5a2d6a2e7f10",
	text: "Is the blue one still there in size M? I would take two of them. ".repeat(2),
	at: 1_795_251_600_000,
	colours: [12, 200, 31]
};

/** The subject on which the bare responder answers. */
export const bareSubject = "bench.echo";

export const echo = contract("echo", {
	actions: {
		back: {
			summary: "Answers what it was sent.",
			auth: "internal",
			params: Message,
			returns: Message
		}
	}
});
