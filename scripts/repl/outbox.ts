import { listDeadLetters } from "../../services/outbox/outbox.dead-letters.model.ts";
import { replayDeadLetter } from "../../services/outbox/outbox.replay.ts";
import { type Command, columns, type Session } from "./command.ts";

const lettersShown = 20;
const errorCharacters = 60;

async function overview({ call, sql }: Session): Promise<string> {
	const { pending, oldestAgeMs, dead, canaryAgeMs } = await call("outbox.stats");
	const letters = await listDeadLetters(sql(), {
		...{ channel: undefined, order: "newest", limit: lettersShown }
	});
	const canary = canaryAgeMs === null ? "none yet" : `${canaryAgeMs} ms ago`;
	const lines = [
		`pending ${pending}, the oldest for ${oldestAgeMs} ms; last canary sent ${canary}; dead ${dead}`
	];
	if (letters.length > 0) {
		const rows = letters.map(({ id, channel, consumer, attempts, buriedAt, error }) => [
			...[id, channel, consumer, attempts, buriedAt.toISOString()],
			error.replaceAll("\n", " ").slice(0, errorCharacters)
		]);
		const names = ["dead letter", "channel", "consumer", "attempts", "since", "error"];
		lines.push(columns(names, rows), "outbox replay <id> sends one again.");
	}
	return lines.join("\n");
}

export const outboxCommand: Command = {
	usage: "outbox [what] [id]",
	description:
		"How far the outbox lags, and its dead letters; `outbox replay <id>` sends one again",
	async run(session, { what, id }) {
		if (what === undefined) return overview(session);
		if (what !== "replay" || id === undefined) return "It is `outbox` or `outbox replay <id>`.";
		const messageId = await session.sql().transaction((tx) => replayDeadLetter(tx, id));
		return messageId ? `${id} is on its way again as message ${messageId}.` : "No such letter.";
	}
};
