/** The way back into the outbox; of dead letters by HTTP or in the REPL. */
import { currentRequest } from "../../lib/request-context.ts";
import type { Queryable, Transaction } from "../../mixins/sql/index.ts";
import { type DeadLetterRow, takeDeadLetter } from "./outbox.dead-letters.model.ts";
import { insertMessages } from "./outbox.model.ts";
import { newMessageId } from "./outbox.tx.ts";
import { wakeRelay } from "./outbox.wake.ts";

/**
 * The letter goes back into the outbox; its consumers know it by its first message id, which is
 * returned. Undefined when there is no such letter.
 */
export async function replayDeadLetter(tx: Transaction, id: string): Promise<string | undefined> {
	const letter = await takeDeadLetter(tx, id);
	if (!letter) return undefined;
	await sendAgain(tx, letter, new Date());
	tx.afterCommit("outbox.wake", wakeRelay);
	return letter.messageId;
}

/** Under an id of its own, which the bus does not know yet, to the consumer that failed. */
export async function sendAgain(
	db: Queryable,
	letter: Pick<DeadLetterRow, "channel" | "payload" | "messageId" | "consumer">,
	dueAt: Date
): Promise<void> {
	const { channel, payload, messageId, consumer } = letter;
	const id = newMessageId(Date.now());
	const requestId = currentRequest()?.requestId ?? null;
	await insertMessages(db, [{ id, channel, payload, messageId, consumer, requestId, dueAt }]);
}
