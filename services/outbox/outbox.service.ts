import { limits } from "../../config/limits.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { service } from "../../lib/service.ts";
import { cache } from "../../mixins/cache/index.ts";
import { send } from "../../mixins/channels/index.ts";
import { type Held, lease } from "../../mixins/lease/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { writeCanaryArrived } from "./outbox.canary.model.ts";
import {
	readStats,
	registerGauges,
	sendCanary,
	setGauges,
	showReplicaLag,
	sweep
} from "./outbox.chores.ts";
import { outbox } from "./outbox.contract.ts";
import {
	countDeadLetters,
	type DeadLetterRow,
	insertDeadLetter,
	listDeadLetters
} from "./outbox.dead-letters.model.ts";
import { outboxErrors } from "./outbox.errors.ts";
import { deleteMessages, dueMessages, type OutboxRow, postponeMessage } from "./outbox.model.ts";
import { Relay } from "./outbox.relay.ts";
import { replayDeadLetter, sendAgain } from "./outbox.replay.ts";
import { errorText } from "./outbox.rules.ts";
import { newMessageId } from "./outbox.tx.ts";

export default service(outbox, {
	mixins: [lease(), cache(), sql()],
	state: () => ({
		relay: undefined as Relay | undefined,
		held: undefined as Held | undefined,
		choreTimer: undefined as NodeJS.Timeout | undefined,
		chore: Promise.resolve(),
		isStopping: false
	}),
	methods: {
		openRelay(): void {
			this.relay = new Relay({
				logger: this.logger,
				send: (message) => send(this.broker, message),
				store: {
					due: (query) => dueMessages(this.sql, query),
					remove: async (ids) => {
						await deleteMessages(this.sql, ids);
					},
					postpone: (id, next) => postponeMessage(this.sql, id, next),
					bury: (row, failure) => this.buryRow(row, failure)
				}
			});
		},
		async closeRelay(): Promise<void> {
			const relay = this.relay;
			this.relay = undefined;
			await relay?.stop();
		},
		/** The row becomes a dead letter, unless another relay has sent it after all. */
		async buryRow(row: OutboxRow, failure: { attempts: number; error: unknown }): Promise<void> {
			const letter: DeadLetterRow = {
				id: newMessageId(Date.now()),
				source: "relay",
				channel: row.channel,
				consumer: row.consumer,
				messageId: row.messageId,
				payload: row.payload,
				attempts: failure.attempts,
				error: errorText(failure.error),
				buriedAt: new Date()
			};
			await this.sql.transaction(async (tx) => {
				if ((await deleteMessages(tx, [row.id])) === 1) await insertDeadLetter(tx, letter);
			});
		},
		async doChores(): Promise<void> {
			try {
				if (this.held?.isOn) {
					await sendCanary(this.sql);
					await sweep(this.sql);
				}
				if (!this.broker.isMetricsEnabled()) return;
				setGauges(this.broker, await readStats(this.sql));
				await showReplicaLag(this.broker, this.sql);
			} catch (error) {
				this.logger.warn("The outbox chores failed; trying again.", error);
			}
		},
		startChores(): void {
			this.chore = this.doChores().then(() => {
				if (this.isStopping) return;
				const again = () => this.startChores();
				this.choreTimer = setTimeout(again, limits.outboxChoreMilliseconds);
			});
		}
	},
	actions: {
		async deadLetters(ctx) {
			const { channel, cursor, limit = limits.pageItemsDefault } = ctx.params;
			const before = cursor === undefined ? undefined : decodeCursor(cursor, ["string"])[0];
			const rows = await listDeadLetters(this.sql, {
				...{ channel, before, order: "newest" },
				limit: limit + 1
			});
			const { items, nextCursor } = pageOf(rows, limit, ({ id }) => [id]);
			return {
				items: items.map(({ payload, buriedAt, ...letter }) => ({
					...letter,
					payload: JSON.parse(payload) as unknown,
					at: buriedAt.toISOString()
				})),
				nextCursor
			};
		},
		async replay(ctx) {
			const { id } = ctx.params;
			const messageId = await this.sql.transaction((tx) => replayDeadLetter(tx, id));
			if (messageId === undefined) throw outboxErrors.DEAD_LETTER_NOT_FOUND();
			return { messageId };
		},
		async replayAll(ctx) {
			const { channel } = ctx.params;
			const letters = await listDeadLetters(this.sql, {
				...{ channel, order: "oldest" },
				limit: limits.outboxReplayRowsMax
			});
			const replayed = await this.sql.transaction(async (tx) => {
				let count = 0;
				for (const { id } of letters) if (await replayDeadLetter(tx, id)) count += 1;
				return count;
			});
			return { replayed, left: await countDeadLetters(this.sql, channel) };
		},
		async bury(ctx) {
			const { isOutage, ...letter } = ctx.params;
			const now = new Date();
			if (isOutage) {
				// It would be well again without a person; a night without Redis makes no dead letters.
				const dueAt = new Date(now.getTime() + limits.outboxConsumerOutageMilliseconds);
				await sendAgain(this.sql, letter, dueAt);
				return {};
			}
			await insertDeadLetter(this.sql, {
				...letter,
				...{ id: newMessageId(Date.now()), source: "consumer", buriedAt: now }
			});
			return {};
		},
		stats() {
			return readStats(this.sql);
		}
	},
	events: {
		"outbox.committed"() {
			this.relay?.wake();
		}
	},
	channels: {
		async "outbox.canary"(ctx) {
			await writeCanaryArrived(this.sql, new Date(ctx.params.sentAt));
		},
		/** One node deletes in the shared tier and tells the others; doing it twice is harmless. */
		async "outbox.cacheExpired"(ctx) {
			await this.cache.expire(ctx.params);
		}
	},
	async started() {
		if (this.broker.isMetricsEnabled()) registerGauges(this.broker);
		this.held = await this.lease.hold("outbox.relay", {
			ttlMs: limits.outboxLeaseMilliseconds,
			onGained: () => this.openRelay(),
			// Facts must not wait for Redis: two relays at once send some twice, and that is all.
			onStoreAway: () => this.openRelay(),
			onLost: () => this.closeRelay()
		});
		this.startChores();
	},
	async stopped() {
		this.isStopping = true;
		clearTimeout(this.choreTimer);
		await this.chore;
		// The relay ends before the channels do: what it sends later would be lost in silence.
		await this.held?.release();
	}
});
