/** `rooms` for tests of media: which keys are good, and what it was told. */
import type { ActionSchema, ServiceSchema } from "moleculer";
import { errors } from "../../../lib/errors.ts";

const refusals = errors({ KEY_NOT_VALID: [403, "This key is not valid."] });

export interface Told {
	readonly action: "authorizePublish" | "streamStarted" | "streamHealth" | "streamStopped";
	readonly params: {
		readonly roomId?: string;
		readonly generation?: number;
		readonly reason?: string;
		readonly key?: string;
		readonly info?: Record<string, unknown>;
	};
}

export class FakeRooms {
	readonly told: Told[] = [];
	/** What answers to reports say; false asks media to close the publisher. */
	isCurrent = true;
	/** Runs before a key is judged: to wait, or to throw. */
	beforeJudging: () => Promise<void> = async () => {};
	readonly #keys = new Map<string, string>();
	#generation = 0;

	/** A key for the room; the one before it is dead. */
	keyFor(roomId: string): string {
		const signature = (this.#keys.size + this.told.length + 10).toString(16).padStart(64, "0");
		const key = `${roomId}?k=1&e=4000000000&s=${signature}`;
		this.#keys.set(roomId, key);
		return key;
	}

	get generation(): number {
		return this.#generation;
	}

	count(action: Told["action"]): number {
		return this.told.filter((told) => told.action === action).length;
	}

	last(action: Told["action"]): Told["params"] | undefined {
		return this.told.findLast((told) => told.action === action)?.params;
	}

	get schema(): ServiceSchema {
		const report = (action: Told["action"]) =>
			({
				auth: "internal",
				handler: ({ params }: { params: Told["params"] }) => {
					this.told.push({ action, params });
					return { current: this.isCurrent };
				}
			}) as ActionSchema;
		return {
			name: "rooms",
			actions: {
				authorizePublish: {
					auth: "internal",
					handler: ({ params }: { params: { key: string } }) => this.#judge(params.key)
				} as ActionSchema,
				streamStarted: report("streamStarted"),
				streamHealth: report("streamHealth"),
				streamStopped: report("streamStopped")
			}
		};
	}

	async #judge(key: string) {
		this.told.push({ action: "authorizePublish", params: { key } });
		await this.beforeJudging();
		const [roomId = ""] = key.split("?");
		if (this.#keys.get(roomId) !== key) throw refusals.KEY_NOT_VALID();
		this.#generation += 1;
		return { roomId, sessionId: "1", generation: this.#generation };
	}
}
