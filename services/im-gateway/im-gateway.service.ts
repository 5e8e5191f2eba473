import type { Socket } from "socket.io";
import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { addressList } from "../../lib/addresses.ts";
import type { Ctx, Meta } from "../../lib/context.ts";
import { Crowd } from "../../lib/crowd.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { identities } from "../../mixins/identities/index.ts";
import { Admission, admissionBounds } from "./im-gateway.admission.ts";
import { actionOf, paramsOf, parseCall, refusal, socketError } from "./im-gateway.calls.ts";
import { imGateway } from "./im-gateway.contract.ts";
import { imErrors } from "./im-gateway.errors.ts";
import { readHandshake } from "./im-gateway.handshake.ts";
import { libraryActions, sockets } from "./im-gateway.io.ts";
import { countIm, registerImMetrics } from "./im-gateway.metrics.ts";
import { ImNode } from "./im-gateway.node.ts";
import type { Peer, PeerFacts } from "./im-gateway.peers.ts";
import { tidyText } from "./im-gateway.words.ts";

/** What hangs on a socket from its handshake on. */
interface SocketData {
	readonly facts: PeerFacts;
	/** The handshake is over: somebody else may begin. */
	readonly begun: () => void;
	/** The socket is gone. */
	readonly gone: () => void;
}

type OwnActions = Record<string, (params: object, options: object) => Promise<unknown>>;

const schema = service(imGateway, {
	mixins: [sockets(), identities()],
	dependencies: ["gateway"],
	/** Made in `created`, when the broker and its environment are there. */
	state: () =>
		({ draining: false, limited: true }) as {
			draining: boolean;
			/** Off for load tests. */
			limited: boolean;
			node: ImNode;
			admission: Admission;
			/** Calls that came together. */
			calls: Crowd;
			isTrusted: (address: string) => boolean;
		},
	methods: {
		/** Called by moleculer-io for each handshake; what it throws is the `connect_error`. */
		async socketAuthorize(socket: Socket): Promise<undefined> {
			try {
				if (this.draining) throw imErrors.SHUTTING_DOWN();
				socket.data = await this.admit(socket);
			} catch (error) {
				throw refusal(error);
			}
		},

		async admit(socket: Socket): Promise<SocketData> {
			const begun = this.admission.begin();
			try {
				const facts = await readHandshake(socket, this.identities, this.isTrusted);
				const { identity, deviceId, address } = facts;
				const gone = this.admission.admit({ userId: identity?.id, deviceId, address });
				// A client that goes away right now never becomes a socket that disconnects.
				socket.conn.once("close", gone).once("close", begun);
				if (socket.conn.readyState !== "open") gone();
				return { facts, begun, gone };
			} catch (error) {
				begun();
				throw error;
			}
		},

		/** A socket that was let in, before it can call. */
		connected(socket: Socket): void {
			const { facts, begun, gone } = socket.data as SocketData;
			const peer = this.node.add(socket, facts);
			socket.use((packet, next) => this.filterPacket(peer, packet, next));
			socket.on("disconnect", () => {
				clearTimeout(expiry);
				gone();
				begun();
				this.node.remove(peer);
			});
			const { identity } = facts;
			const expiry = identity
				? setTimeout(() => peer.close("expiring"), Math.max(0, identity.expiresAt - Date.now()))
				: undefined;
			if (identity) void this.node.connections.open(peer, identity.id).finally(begun);
			else {
				socket.emit("session", { kind: "ready", epoch: 0, sequence: 0 });
				begun();
			}
		},

		/** Too much is refused before it is looked at; events that we do not know are answered. */
		filterPacket(peer: Peer, packet: unknown[], next: (error?: Error) => void): void {
			const waitMs = this.limited ? peer.bucket.take(performance.now()) : 0;
			if (waitMs === 0 && packet[0] === "call") {
				next();
				return;
			}
			const error = waitMs > 0 ? commonErrors.RATE_LIMITED({ retryAfterMs: waitMs }) : undefined;
			parseCall(packet.slice(1)).answer(socketError(error ?? commonErrors.NOT_FOUND()));
			if (!error) return;
			countIm(this.broker, "im.calls.refused.total");
			peer.refusedPackets += 1;
			if (peer.refusedPackets > limits.refusedPacketsPerSocketMax) peer.close("kicked");
		},

		/** A `call` event. Who calls is taken from the socket, never from what it sends. */
		async called(socket: Socket, values: unknown[]): Promise<void> {
			await this.calls.turn();
			const { name, params, answer } = parseCall(values);
			try {
				const action = actionOf(name);
				const { identity, address: clientAddress } = (socket.data as SocketData).facts;
				const meta: Meta = { clientAddress, socketId: socket.id };
				if (identity) meta.user = { id: identity.id, sessionId: identity.sessionId };
				const { actions } = this as unknown as { actions: OwnActions };
				answer(null, await actions[action]?.(paramsOf(params), { meta }));
			} catch (thrown) {
				const error = socketError(thrown);
				if (error.code === "INTERNAL") this.logger.error("A call failed", { name }, thrown);
				answer(error);
			}
		},

		/** The socket that a call came by. */
		peerOf(ctx: Ctx): Peer {
			const peer = this.node.peers.get(ctx.meta.socketId ?? "");
			if (!peer || peer.isGone) throw commonErrors.BAD_REQUEST();
			return peer;
		},

		/** Throws NOT_IN_ROOM or ROOM_NOT_LIVE. */
		async mustBeLive(peer: Peer, roomId: string): Promise<void> {
			if (!this.node.rooms.has(roomId, peer)) throw imErrors.NOT_IN_ROOM();
			const room = await this.node.roomFacts.get(roomId);
			if (room?.status !== "live" && room?.status !== "paused") throw imErrors.ROOM_NOT_LIVE();
		},

		/** The line as it may be said by its user; `roomId` null: to somebody in private. */
		async lineOf(userId: string, roomId: string | null, text: string) {
			const waitMs = this.limited ? this.node.lines.take(userId, performance.now()) : 0;
			if (waitMs > 0) throw commonErrors.RATE_LIMITED({ retryAfterMs: waitMs });
			const tidy = tidyText(text, limits.messageCharactersMax);
			if (tidy === undefined) throw imErrors.TEXT_NOT_ALLOWED();
			const { maySpeak, until } = await this.node.restrictions.standing(userId, roomId);
			if (!maySpeak) throw imErrors.MUTED({ until });
			if (await this.node.restrictions.isForbidden(tidy)) throw imErrors.TEXT_NOT_ALLOWED();
			const from = await this.node.senders.get(userId);
			if (!from) throw commonErrors.UNAUTHENTICATED();
			return { from, text: tidy };
		},

		/** Throws BANNED_FROM_ROOM. */
		mustBeWelcome(userId: string, roomId: string): void {
			const { away, until } = this.node.restrictions.known(userId, roomId);
			if (away) throw imErrors.BANNED_FROM_ROOM({ until });
		},

		/** Tells the sockets, and waits until the router knows that they are gone. */
		async drain(): Promise<void> {
			if (this.draining) return;
			this.draining = true;
			for (const peer of [...this.node.peers.values()]) peer.close("restarting");
			const { promise, resolve } = Promise.withResolvers<void>();
			const deadline = setTimeout(resolve, limits.socketDrainMillisecondsMax);
			await Promise.race([this.node.connections.settled(), promise]);
			clearTimeout(deadline);
		}
	},
	actions: {
		async enter(ctx) {
			const peer = this.peerOf(ctx);
			const { roomId, after } = ctx.params;
			const { rooms, restrictions, roomFacts, audience } = this.node;
			if (!(await roomFacts.get(roomId))) throw commonErrors.NOT_FOUND();
			const { userId } = peer;
			if (userId) {
				// Without an answer they may watch, as guests do; what is learnt later puts them out.
				await restrictions.standing(userId, roomId).catch(() => {});
				this.mustBeWelcome(userId, roomId);
			}
			const { lines, ...place } = await rooms.enter(peer, roomId, after);
			// A ban that came while the history was read found nobody to put out.
			if (userId && restrictions.known(userId, roomId).away) {
				rooms.leave(peer, roomId);
				this.mustBeWelcome(userId, roomId);
			}
			if (userId && !after) this.node.announce(userId, roomId).catch(() => {});
			const viewers = audience.viewersOf(roomId) ?? rooms.membersOf(roomId).size;
			return { ...place, messages: lines.map(({ json }) => JSON.parse(json)), viewers };
		},

		leave(ctx) {
			this.node.rooms.leave(this.peerOf(ctx), ctx.params.roomId);
			return {};
		},

		async say(ctx) {
			const { roomId, clientId, text } = ctx.params;
			await this.mustBeLive(this.peerOf(ctx), roomId);
			const line = await this.lineOf(ctx.meta.user.id, roomId, text);
			return ctx.call("im-router.say", { roomId, clientId, ...line });
		},

		async tell(ctx) {
			const { userId, clientId, text } = ctx.params;
			this.peerOf(ctx);
			const line = await this.lineOf(ctx.meta.user.id, null, text);
			return ctx.call("im-router.tell", { userId, clientId, ...line });
		},

		async like(ctx) {
			const { roomId, count } = ctx.params;
			await this.mustBeLive(this.peerOf(ctx), roomId);
			this.node.audience.like(roomId, count);
			return {};
		},

		async ack(ctx) {
			const peer = this.peerOf(ctx);
			const connection = this.node.connections.of(peer);
			if (!connection || connection.epoch === 0) return {};
			// Nobody can have what was not sent to this connection yet.
			const upTo = Math.min(ctx.params.upTo, connection.sequence);
			this.node.connections.acked(connection, upTo);
			const { userId, epoch } = connection;
			const { deviceId } = peer.facts;
			await ctx.call("im-router.ack", { userId, deviceId, epoch, upTo });
			return {};
		},

		inbox(ctx) {
			this.peerOf(ctx);
			return ctx.call("im-router.inbox", { userId: ctx.meta.user.id, ...ctx.params });
		},

		online(ctx) {
			this.peerOf(ctx);
			return ctx.call("im-router.online", ctx.params);
		},

		deliver(ctx) {
			const { incarnation, rooms, direct } = ctx.params;
			if (incarnation !== this.node.incarnation)
				return { alive: false, emptyRooms: [], absent: [] };
			const emptyRooms = new Set<string>();
			for (const { roomId, epoch, lines } of rooms) {
				if (!this.node.rooms.deliver(roomId, epoch, lines)) emptyRooms.add(roomId);
			}
			const absent = this.node.connections.deliver(direct);
			return { alive: true, emptyRooms: [...emptyRooms], absent };
		},

		sockets() {
			return { items: this.node.describe() };
		}
	},
	events: {
		"im-gateway.connected"(ctx) {
			const { userId, deviceId, epoch, incarnation } = ctx.params;
			if (incarnation !== this.node.incarnation) {
				this.node.connections.fence(userId, deviceId, epoch);
			}
		},
		"rooms.changed"(ctx) {
			this.node.roomFacts.forget(ctx.params.roomId);
		},
		"users.changed"(ctx) {
			this.node.senders.forget(ctx.params.userId);
		},
		"moderation.changed"(ctx) {
			this.node.restrictions.changed(ctx.params.roomId, ctx.params.userId);
		},
		async "moderation.wordsChanged"() {
			await this.node.restrictions.wordsChanged();
		}
	},
	created() {
		const env = envOf(this.broker);
		this.limited = env.rateLimits;
		this.isTrusted = addressList(env.trustedProxies);
		this.node = new ImNode(this.broker);
		this.admission = new Admission(admissionBounds(env.rateLimits));
		this.calls = new Crowd(limits.callsTickMilliseconds);
		registerImMetrics(this.broker);
		this.identities.onEnded((sessions) => this.node.endSessions(sessions));
	},
	started() {
		return this.node.start();
	},
	stopped() {
		this.node.stop();
	}
});

export default { ...schema, actions: { ...schema.actions, ...libraryActions } };
