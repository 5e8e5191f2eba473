import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { Crowd } from "../../lib/crowd.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { watchCommits } from "../../mixins/figures.ts";
import { lease } from "../../mixins/lease/index.ts";
import { redis } from "../../mixins/redis.ts";
import { sql } from "../../mixins/sql/index.ts";
import { newMessageId } from "../outbox/outbox.tx.ts";
import { imRouter } from "./im-router.contract.ts";
import { imRouterErrors } from "./im-router.errors.ts";
import { Forwarder } from "./im-router.forwarder.ts";
import { forwarding } from "./im-router.forwarding.ts";
import { findKey, listUnread } from "./im-router.inbox.model.ts";
import { Inbox } from "./im-router.inbox.ts";
import { Kept } from "./im-router.kept.ts";
import { KnownUsers } from "./im-router.known-users.ts";
import { type RouterMetrics, routerMetrics } from "./im-router.metrics.ts";
import { encode, historyOf, type Message, withOffset } from "./im-router.rules.ts";
import type { Envelope } from "./im-router.schemas.ts";
import { SharedSteps } from "./im-router.steps.ts";
import { memoryRouterStore } from "./im-router.store.memory.ts";
import { redisRouterStore } from "./im-router.store.redis.ts";
import { type RouterStore, routerBounds } from "./im-router.store.ts";
import { Sweeper } from "./im-router.sweep.ts";

const systemOrigin = (userId: string, messageId: string) => `${userId}:n:${messageId}`;

export default service(imRouter, {
	mixins: [lease(), sql(), redis()],
	/** Made in `created` and `started`, when the broker and its environment are there. */
	state: () =>
		({}) as {
			store: RouterStore;
			steps: SharedSteps;
			crowd: Crowd;
			inboxes: Inbox;
			forwarder: Forwarder;
			kept: Kept;
			knownUsers: KnownUsers;
			counters: RouterMetrics;
			sweeper: Sweeper | undefined;
		},
	methods: {
		/** The JSON of a message without its place. */
		encoded(message: Message): string {
			const text = encode(message);
			if (text === undefined) {
				throw commonErrors.PAYLOAD_TOO_LARGE({ bytesMax: limits.messageBodyBytesMax });
			}
			return text;
		},

		/** Numbers a message of a room and sends it to the nodes that want it. */
		async toRoom(message: Message & { roomId: string }, origin: string, isKept: boolean) {
			const text = this.encoded(message);
			const { id, roomId } = message;
			const line = { roomId, origin, id, text: isKept ? text : undefined };
			const { isNew, wishes, ...answer } = await this.steps.append(line);
			if (!isNew) return answer;
			const { epoch, offset } = answer;
			const reliable = message.class === "reliable";
			const json = isKept ? withOffset(text, { epoch, offset }) : text;
			const place = { roomId, epoch, offset: isKept ? offset : undefined, reliable, json };
			for (const { life, generation } of wishes) {
				this.forwarder.room(life, { ...place, generation });
			}
			return answer;
		},

		/** Commits a message for one user, then sends it; undefined: the inbox is full. */
		async keep(userId: string, origin: string, message: Message) {
			const { at, kind } = message;
			const mayBeRefused = kind === "private";
			const row = { id: newMessageId(at.getTime()), userId, origin, at, mayBeRefused };
			const own = mayBeRefused ? { ...message, id: row.id } : message;
			const stored = await this.inboxes.write({ ...row, envelope: this.encoded(own) });
			if (stored && !stored.acked) {
				// Sent again too: nobody knows how far the first try came. Devices drop repeats.
				await this.kept.push(userId, { id: stored.id, text: stored.envelope });
			}
			return stored;
		}
	},
	actions: {
		async connect(ctx) {
			const { userId, deviceId, nodeId, incarnation } = ctx.params;
			const device = { userId, deviceId };
			const { epoch, sequence } = await this.store.presence.connect(device, {
				nodeId,
				incarnation
			});
			const pending = await this.kept.pendingOf(device);
			return {
				epoch,
				sequence: pending.at(-1)?.sequence ?? sequence,
				pending: pending.map(({ text, ...message }) => ({
					...(JSON.parse(text) as Envelope),
					sequence: message.sequence
				}))
			};
		},

		async disconnect(ctx) {
			const { userId, deviceId, epoch, ...life } = ctx.params;
			const connection = { userId, deviceId, epoch, life };
			return { removed: await this.store.presence.disconnect(connection) };
		},

		async renew(ctx) {
			const { rooms, ...life } = ctx.params;
			const known = await this.store.nodes.renew(life);
			const ends = await this.store.rooms.ends(rooms, life);
			return {
				known,
				rooms: ends.map((end, index) => ({ roomId: rooms[index] as string, ...end }))
			};
		},

		join(ctx) {
			const { roomId, ...life } = ctx.params;
			return this.store.rooms.join(roomId, life);
		},

		async part(ctx) {
			const { roomId, ...life } = ctx.params;
			await this.store.rooms.part(roomId, life);
			return {};
		},

		async history(ctx) {
			const { id, epoch = "", after: offset } = ctx.params;
			// An offset without its epoch is of an epoch that nobody knows.
			const after = offset === undefined ? undefined : { epoch: epoch || "unknown", offset };
			return historyOf(await this.store.rooms.read(id, after), after);
		},

		async say(ctx) {
			const { roomId, from, clientId, text } = ctx.params;
			const at = new Date();
			const id = newMessageId(at.getTime());
			const words = { class: "ephemeral", kind: "chat", body: { text } } as const;
			const origin = `${from.id}:${clientId}`;
			const answer = await this.toRoom({ id, roomId, from, at, ...words }, origin, true);
			return { id: answer.id, offset: answer.offset };
		},

		async publish(ctx) {
			const { roomId, messageId: id, ...rest } = ctx.params;
			const isKept = rest.class === "reliable";
			const message = { id, roomId, at: new Date(), ...rest };
			const { offset } = await this.toRoom(message, `n:${id}`, isKept);
			return isKept ? { offset } : {};
		},

		async tell(ctx) {
			const { userId, from, clientId, text } = ctx.params;
			if (!(await this.knownUsers.has(userId))) throw commonErrors.NOT_FOUND();
			const words = { class: "reliable", kind: "private", body: { text } } as const;
			const message = { id: "", from, at: new Date(), ...words };
			await this.crowd.turn();
			const stored = await this.keep(userId, `${userId}:${from.id}:${clientId}`, message);
			if (!stored) throw imRouterErrors.INBOX_FULL();
			return { id: stored.id };
		},

		async notify(ctx) {
			const { userIds, messageId: id, kind, from, body } = ctx.params;
			const message = { id, class: "reliable", kind, from, at: new Date(), body } as const;
			const all = [...new Set(userIds)];
			await Promise.all(all.map((userId) => this.keep(userId, systemOrigin(userId, id), message)));
			return {};
		},

		async hint(ctx) {
			const { userIds, messageId: id, kind, body } = ctx.params;
			const json = this.encoded({ id, class: "ephemeral", kind, at: new Date(), body });
			await this.crowd.turn();
			const all = [...new Set(userIds)];
			const found = await Promise.all(all.map((userId) => this.steps.find(userId)));
			for (const { life, userId, deviceId, epoch } of found.flat()) {
				this.forwarder.direct(life, { userId, deviceId, epoch, sequence: undefined, json });
			}
			return {};
		},

		async ack(ctx) {
			const { userId, deviceId, epoch, upTo } = ctx.params;
			const device = { userId, deviceId };
			await this.crowd.turn();
			const arrived = (await this.store.pending.upTo(device, epoch, upTo)) ?? [];
			// The database first: what is acked there and still pending comes once more, not less.
			await this.inboxes.acked(arrived.map(({ id }) => id));
			const acked = arrived.length > 0 ? await this.store.pending.ack(device, epoch, upTo) : 0;
			if (acked > 0) this.kept.acked(userId);
			return { acked };
		},

		async inbox(ctx) {
			const { userId, after: id, limit = limits.pageItemsMax } = ctx.params;
			const origin = systemOrigin(userId, id ?? "");
			const after = id === undefined ? id : await findKey(this.sql, { userId, id, origin });
			const found = await listUnread(this.sql, { userId, after, limit: limit + 1 });
			const items = found.slice(0, limit).map(({ envelope }) => JSON.parse(envelope) as Envelope);
			return { items, more: found.length > limit };
		},

		async online(ctx) {
			const { userIds } = ctx.params;
			const found = await this.store.presence.find(userIds);
			return { userIds: userIds.filter((_, index) => found[index]?.length) };
		},

		async whereis(ctx) {
			const [connections = []] = await this.store.presence.find([ctx.params.userId]);
			const items = connections.map(async ({ userId, deviceId, epoch, since, life }) => ({
				...{ deviceId, ...life, epoch, since: new Date(since).toISOString() },
				pending: await this.store.pending.count({ userId, deviceId })
			}));
			return { items: await Promise.all(items) };
		},

		async room(ctx) {
			const found = await this.store.rooms.look(ctx.params.roomId);
			if (!found) throw commonErrors.NOT_FOUND();
			return found;
		}
	},
	created() {
		this.store = this.redis
			? redisRouterStore(this.redis, routerBounds)
			: memoryRouterStore(routerBounds);
		this.steps = new SharedSteps(this.store);
		this.crowd = new Crowd(limits.laneTickMilliseconds);
	},
	async started() {
		const { broker, store, logger } = this;
		const { call } = typed(broker);
		this.counters = routerMetrics(broker, broker.isMetricsEnabled());
		this.inboxes = new Inbox(this.sql, watchCommits(broker, "inbox"));
		this.knownUsers = new KnownUsers(async (userId) => {
			const { items } = await call("users.getMany", { ids: [userId] });
			return items.length > 0;
		});
		const owe = (userIds: Iterable<string>) => this.kept.owe(userIds);
		this.forwarder = new Forwarder(forwarding({ broker, store, counters: this.counters, owe }));
		const { forwarder, sql: db } = this;
		this.kept = new Kept({
			...{ db, store, forwarder, logger },
			find: (userId) => this.steps.find(userId),
			count: (what, messages) => this.counters.count(`im.messages.${what}.total`, messages)
		});
		const held = await this.lease.hold("im-router.sweep", { ttlMs: limits.nodeLeaseMilliseconds });
		this.sweeper = new Sweeper({
			...{ db, store, forwarder, held, logger },
			afterRound: () => {
				this.counters.set("im.lines.waiting", forwarder.waiting);
				this.counters.set("im.users.owed", this.kept.owed);
			}
		});
		this.sweeper.start();
	},
	async stopped() {
		await this.sweeper?.stop();
		await this.steps?.stop();
		await this.kept?.stop();
		await this.inboxes?.stop();
		await this.forwarder?.stop();
	}
});
