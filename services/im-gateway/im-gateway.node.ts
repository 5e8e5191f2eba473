/** What this node holds for its sockets, and the beats that keep it true. */
import { randomUUID } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { type TypedCaller, typed } from "../../lib/context.ts";
import { isError } from "../../lib/errors.ts";
import type { EndedSession } from "../../mixins/identities/index.ts";
import { Arrivals } from "./im-gateway.arrivals.ts";
import { Audience } from "./im-gateway.audience.ts";
import { Buckets } from "./im-gateway.buckets.ts";
import { Connections } from "./im-gateway.connections.ts";
import { Copies } from "./im-gateway.copies.ts";
import { Batch } from "./im-gateway.frames.ts";
import type { Page, Position } from "./im-gateway.log.ts";
import { countIm, showImFigures } from "./im-gateway.metrics.ts";
import { Peer, type PeerFacts } from "./im-gateway.peers.ts";
import { Restrictions } from "./im-gateway.restrictions.ts";
import { Rooms } from "./im-gateway.rooms.ts";

const now = () => performance.now();

/** Answers of `history` in the form the log takes. */
interface History extends Position {
	readonly items: readonly { readonly offset?: number | undefined; readonly class: string }[];
	readonly recovered: boolean;
}

const pageOf = ({ items, ...place }: History): Page => ({
	...place,
	items: items.map((item) => ({
		offset: item.offset ?? 0,
		reliable: item.class === "reliable",
		json: JSON.stringify(item)
	}))
});

export class ImNode {
	readonly incarnation = randomUUID();
	readonly peers = new Map<string, Peer>();
	readonly rooms: Rooms<Peer>;
	readonly connections: Connections;
	readonly restrictions: Restrictions;
	readonly audience: Audience;
	/** Lines of users, whatever socket they come by. */
	readonly lines = new Buckets({
		perSecond: limits.linesPerUserPerSecond,
		burst: limits.linesPerUserBurst
	});
	readonly #arrivals = new Arrivals();
	readonly roomFacts: Copies<{ readonly status: string }>;
	readonly senders: Copies<{ id: string; nickname: string; level: number }>;
	readonly #broker: ServiceBroker;
	readonly #caller: TypedCaller;
	readonly #timers: NodeJS.Timeout[] = [];
	readonly #life: { readonly nodeId: string; readonly incarnation: string };
	#notices = 0;

	constructor(broker: ServiceBroker) {
		this.#broker = broker;
		this.#caller = typed(broker);
		this.#life = { nodeId: broker.nodeID, incarnation: this.incarnation };
		this.rooms = this.#makeRooms();
		this.connections = this.#makeConnections();
		this.restrictions = this.#makeRestrictions();
		this.audience = this.#makeAudience();
		const { call } = this.#caller;
		this.roomFacts = new Copies({
			load: (id) => call("rooms.get", { id }).catch(absent),
			freshMilliseconds: limits.roomFactsMilliseconds,
			staleMillisecondsMax: limits.roomFactsStaleMillisecondsMax,
			itemsMax: limits.roomsPerNodeMax,
			now
		});
		this.senders = new Copies({
			async load(userId) {
				const [user] = (await call("users.getMany", { ids: [userId] })).items;
				return user && { id: user.id, nickname: user.nickname, level: user.level };
			},
			freshMilliseconds: limits.senderCacheMilliseconds,
			staleMillisecondsMax: limits.senderCacheMilliseconds * 10,
			itemsMax: limits.senderCacheItemsMax,
			now
		});
	}

	/** Says that this node lives, and from then on in a beat; begins the others. */
	async start(): Promise<void> {
		await Promise.all([
			this.#tried(() => this.#renew()),
			this.#tried(() => this.#pollRestrictions())
		]);
		this.#every(limits.nodeRenewMilliseconds, () => this.#renew());
		this.#every(limits.restrictionPollMilliseconds, () => this.#pollRestrictions());
		this.#every(limits.audienceMilliseconds, () => this.#tellAudience());
		this.#every(limits.socketCheckMilliseconds, () => this.#checkSockets());
		this.#every(limits.bucketSweepMilliseconds, () => {
			for (const buckets of [this.lines, this.#arrivals]) buckets.sweep(now());
		});
	}

	stop(): void {
		for (const timer of this.#timers) clearInterval(timer);
		this.rooms.close();
	}

	/** Takes a socket in. */
	add(socket: Peer["socket"], facts: PeerFacts): Peer {
		const peer = new Peer(socket, facts, {
			now,
			onShed: (items) => countIm(this.#broker, "im.messages.shed.total", items),
			onSlow: () => countIm(this.#broker, "im.sockets.slow.total")
		});
		this.peers.set(socket.id, peer);
		return peer;
	}

	/** The socket is gone. */
	remove(peer: Peer): void {
		this.peers.delete(peer.id);
		this.rooms.leaveAll(peer);
		this.connections.close(peer);
		const { userId } = peer;
		if (userId && ![...this.peers.values()].some((other) => other.userId === userId)) {
			this.restrictions.dropUser(userId);
		}
	}

	/** Closes the sockets that live on these sessions. */
	endSessions(ended: readonly EndedSession[]): void {
		const reasons = new Map(ended.map(({ sessionId, reason }) => [sessionId, reason]));
		for (const peer of [...this.peers.values()]) {
			const reason = reasons.get(peer.facts.identity?.sessionId ?? "");
			if (reason !== undefined) peer.close(reason === "banned" ? "banned" : "kicked");
		}
	}

	/** The sockets, for developers. */
	describe() {
		return [...this.peers.values()].map(({ id, userId, facts, rooms, unsentBytes }) => ({
			...{ id, deviceId: facts.deviceId, rooms: [...rooms], unsentBytes },
			...(userId ? { userId } : {})
		}));
	}

	/** Tells a room that is live who came in; it may be lost. */
	async announce(userId: string, roomId: string): Promise<void> {
		const status = (await this.roomFacts.get(roomId))?.status;
		if (status !== "live" && status !== "paused") return;
		if (!this.#arrivals.isNews(roomId, userId, now())) return;
		const from = await this.senders.get(userId);
		const message = { messageId: randomUUID(), kind: "room", class: "ephemeral" } as const;
		const body = { type: "entered" };
		if (from) await this.#caller.call("im-router.publish", { roomId, from, ...message, body });
	}

	/** Puts those out of the room who may not be there any more, and tells them. */
	expel(roomId: string): void {
		for (const peer of [...this.rooms.membersOf(roomId)]) {
			const standing = peer.userId ? this.restrictions.known(peer.userId, roomId) : undefined;
			if (!standing?.away) continue;
			const type = standing.away === "ban" ? "banned" : "kicked";
			const json = this.notice(roomId, "room", { type, until: standing.until });
			peer.send(new Batch([{ reliable: true, json }]));
			this.rooms.leave(peer, roomId);
		}
	}

	/** An envelope that this node makes itself. */
	notice(roomId: string, kind: "room" | "viewers" | "likes", body: object): string {
		this.#notices += 1;
		const id = `${this.incarnation}-${this.#notices}`;
		const at = new Date().toISOString();
		return JSON.stringify({ id, class: "ephemeral", kind, roomId, at, body });
	}

	#makeRooms(): Rooms<Peer> {
		const { call } = this.#caller;
		const history = async (roomId: string, after?: Position) => {
			const place = after ? { epoch: after.epoch, after: after.offset } : {};
			return pageOf(await call("im-router.history", { id: roomId, ...place }));
		};
		return new Rooms<Peer>(
			{
				join: (roomId) => call("im-router.join", { roomId, ...this.#life }),
				part: async (roomId) => void (await call("im-router.part", { roomId, ...this.#life })),
				history,
				gapNotice: (roomId, { epoch, offset }) =>
					this.notice(roomId, "room", { type: "gap", epoch, offset }),
				now,
				warn: this.#warn
			},
			(roomId) => this.restrictions.dropRoom(roomId)
		);
	}

	#makeConnections(): Connections {
		const { call, broadcast } = this.#caller;
		const life = this.#life;
		return new Connections({
			connect: (userId, deviceId) => call("im-router.connect", { userId, deviceId, ...this.#life }),
			async disconnect(userId, deviceId, epoch) {
				await call("im-router.disconnect", { userId, deviceId, epoch, ...life });
			},
			announce: (userId, deviceId, epoch) => {
				const { incarnation } = this;
				void broadcast("im-gateway.connected", { userId, deviceId, epoch, incarnation });
			},
			now,
			warn: this.#warn,
			onRedelivered: (count) => countIm(this.#broker, "im.messages.repeated.total", count)
		});
	}

	#makeRestrictions(): Restrictions {
		const { call } = this.#caller;
		return new Restrictions({
			ofRoom: async (roomId) => (await call("moderation.ofRoom", { roomId })).items,
			ofUser: async (userId) => (await call("moderation.ofUser", { userId })).items,
			changes: (since) => call("moderation.changes", { since }),
			allWords: () => call("moderation.allWords"),
			onRoomChanged: (roomId) => this.expel(roomId),
			now
		});
	}

	#makeAudience(): Audience {
		return new Audience({
			roomIds: () => this.rooms.ids,
			viewersOf: (roomId) => [...this.rooms.membersOf(roomId)].map((peer) => peer.viewerKey),
			tell: async (items) =>
				(await this.#caller.call("rooms.audience", { items: [...items] }, { retries: 0 })).items,
			show: (roomId, kind, total) =>
				this.rooms.broadcast(roomId, this.notice(roomId, kind, { [kind]: total }))
		});
	}

	async #renew(): Promise<void> {
		if (!this.#isThere("im-router.renew")) return;
		const params = { ...this.#life, rooms: this.rooms.ids };
		const options = { timeout: limits.nodeRenewMilliseconds, retries: 0 };
		const { known, rooms } = await this.#caller.call("im-router.renew", params, options);
		this.rooms.compare(rooms);
		if (known) return;
		this.connections.registerAll();
		await this.rooms.rejoin();
	}

	async #pollRestrictions(): Promise<void> {
		if (this.#isThere("moderation.changes")) await this.restrictions.poll();
	}

	async #tellAudience(): Promise<void> {
		if (this.#isThere("rooms.audience")) await this.audience.tick();
	}

	#checkSockets(): void {
		const at = now();
		for (const peer of this.peers.values()) peer.check(at);
		this.connections.check();
		showImFigures(this.#broker, {
			"im.sockets.open": this.peers.size,
			"im.rooms.open": this.rooms.ids.length
		});
	}

	/** The broker writes a warning for each call to a service that is not there. */
	#isThere(action: string): boolean {
		return this.#broker.registry.actions.isAvailable(action);
	}

	/** Runs the work again and again, never twice at once. */
	#every(milliseconds: number, work: () => Promise<void> | void): void {
		let isRunning = false;
		const timer = setInterval(async () => {
			if (isRunning) return;
			isRunning = true;
			await this.#tried(work);
			isRunning = false;
		}, milliseconds);
		this.#timers.push(timer);
	}

	async #tried(work: () => Promise<void> | void): Promise<void> {
		try {
			await work();
		} catch (error) {
			this.#broker.logger.debug("A beat of the sockets failed; the next one tries again.", error);
		}
	}

	readonly #warn = (message: string, error: unknown): void => {
		this.#broker.logger.warn(message, error);
	};
}

const absent = (error: unknown): undefined => {
	if (isError(error, "NOT_FOUND")) return undefined;
	throw error;
};
