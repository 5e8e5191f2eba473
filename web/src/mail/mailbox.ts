/**
 * The private messages of the signed-in user on this device. A message is acked once it is kept
 * here: from then on the platform may forget it, so it lies in the storage that all tabs share.
 */
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import { ApiError } from "../api/http.ts";
import { Acks } from "../chat/acks.ts";
import type { Connection, SessionNotice } from "../chat/connection.ts";
import { randomName } from "../chat/device.ts";
import { Emitter } from "../chat/emitter.ts";
import {
	type Letter,
	type Letters,
	letterOf,
	merged,
	noLetters,
	type Peer,
	replaced,
	withLetter,
	withSeen
} from "./letters.ts";

export interface MailboxParts {
	readonly connection: Connection;
	readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
	/** Milliseconds. */
	readonly now: () => number;
}

const ackMilliseconds = 200;
const inboxPagesMax = 20;

export const mailKeyOf = (userId: string): string => `mail.${userId}`;

export class Mailbox {
	readonly changes = new Emitter<void>();
	readonly #parts: MailboxParts;
	readonly #userId: string;
	readonly #acks: Acks;
	#letters: Letters;
	#upTo = 0;
	#acked = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(parts: MailboxParts, userId: string) {
		this.#parts = parts;
		this.#userId = userId;
		this.#acks = new Acks(parts.now);
		this.#letters = settled(this.#stored());
	}

	readonly letters = (): Letters => this.#letters;

	/** Listens until the returned function is called. */
	start(): () => void {
		const { connection } = this.#parts;
		const release = connection.hold();
		const ends = [
			connection.notices.on((notice) => this.#begin(notice)),
			connection.envelopes.on((envelope) => this.#take(envelope)),
			connection.phases.on((phase) => {
				if (phase === "connected") void this.#fetch();
			})
		];
		if (connection.phase() === "connected") void this.#fetch();
		return () => {
			for (const end of ends) end();
			clearTimeout(this.#timer);
			this.#timer = undefined;
			release();
		};
	}

	/** Another tab wrote. */
	readonly storageChanged = (): void => {
		this.#letters = merged(this.#letters, withoutOwn(this.#stored()));
		this.changes.emit();
	};

	see(peerId: string): void {
		this.#change((letters) => withSeen(letters, peerId));
	}

	/** Shows it at once; `failed` when the platform does not take it. */
	async send(peer: Peer, words: string): Promise<void> {
		const text = words.trim().normalize("NFC");
		if (text === "") return;
		await this.#send({
			id: randomName(),
			peer,
			isMine: true,
			kind: "private",
			text,
			at: new Date(this.#parts.now()).toISOString(),
			state: "sending"
		});
	}

	/** Once more under the same id: told twice, it arrives once. */
	async retry({ code: _, ...letter }: Letter): Promise<void> {
		await this.#send({ ...letter, state: "sending" });
	}

	async #send(letter: Letter): Promise<void> {
		const { id: clientId, peer, text } = letter;
		this.#change((letters) => replaced(letters, clientId, letter));
		try {
			const { id } = await this.#parts.connection.call("im.tell", {
				userId: peer.id,
				clientId,
				text
			});
			const { state: _, ...sent } = letter;
			this.#change((letters) => replaced(letters, clientId, { ...sent, id }));
		} catch (error) {
			const code = error instanceof ApiError ? error.code : "INTERNAL";
			this.#change((letters) => replaced(letters, clientId, { ...letter, state: "failed", code }));
		}
	}

	#begin({ kind, sequence }: SessionNotice): void {
		if (kind !== "ready") return;
		this.#acks.begin(sequence ?? 0);
		this.#upTo = 0;
		this.#acked = 0;
	}

	#take(envelope: Envelope): void {
		const letter = letterOf(envelope);
		if (letter) this.#change((letters) => withLetter(letters, letter));
		if (envelope.sequence === undefined) return;
		// Whatever it is: what nobody shows is not worth sending again either.
		this.#upTo = this.#acks.take(envelope.sequence);
		this.#timer ??= setTimeout(() => this.#ack(), ackMilliseconds);
	}

	#ack(): void {
		this.#timer = undefined;
		const upTo = this.#upTo;
		if (upTo <= this.#acked) return;
		this.#acked = upTo;
		// Lost: the platform sends again, and that is acked again.
		this.#parts.connection.call("im.ack", { upTo }).catch(() => {
			if (this.#acked === upTo) this.#acked = 0;
		});
	}

	/** What came while no device was connected for long. */
	async #fetch(): Promise<void> {
		let after: string | undefined;
		try {
			for (let page = 0; page < inboxPagesMax; page += 1) {
				const params = after === undefined ? {} : { after };
				const { items, more } = await this.#parts.connection.call("im.inbox", params);
				for (const envelope of items) this.#take(envelope);
				after = items.at(-1)?.id;
				if (!more || after === undefined) return;
			}
		} catch {
			// The next connection asks again.
		}
	}

	#change(change: (letters: Letters) => Letters): void {
		const before = this.#letters;
		this.#letters = change(before);
		if (this.#letters === before) return;
		this.#keep();
		this.changes.emit();
	}

	#keep(): void {
		const { storage } = this.#parts;
		// Another tab may have written since.
		this.#letters = merged(this.#letters, withoutOwn(this.#stored()));
		try {
			storage.setItem(mailKeyOf(this.#userId), JSON.stringify(this.#letters));
		} catch {
			// Full, or forbidden: they are shown as long as the page is open.
		}
	}

	#stored(): Letters {
		try {
			const text = this.#parts.storage.getItem(mailKeyOf(this.#userId));
			return text === null ? noLetters : (JSON.parse(text) as Letters);
		} catch {
			return noLetters;
		}
	}
}

/** Nobody works on what an earlier page was sending. */
const settled = ({ items, seen }: Letters): Letters => ({
	items: items.map((letter) =>
		letter.state === "sending" ? { ...letter, state: "failed", code: "OFFLINE" } : letter
	),
	seen
});

/** What is still on its way belongs to the tab that sends it. */
const withoutOwn = ({ items, seen }: Letters): Letters => ({
	items: items.filter(({ state }) => state === undefined),
	seen
});
