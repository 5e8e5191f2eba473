import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { addressList } from "../../lib/addresses.ts";
import { typed } from "../../lib/context.ts";
import { deriveKey } from "../../lib/seal.ts";
import { service } from "../../lib/service.ts";
import { redis } from "../../mixins/redis.ts";
import { type MediaBounds, mediaBounds } from "./media.bounds.ts";
import { media } from "./media.contract.ts";
import { Ingest } from "./media.ingest.ts";
import { countRefusal, registerMediaMetrics, showMediaFigures } from "./media.metrics.ts";
import { Playback } from "./media.playback.ts";
import type { Admission } from "./media.publisher.ts";
import type { RoomsPort } from "./media.report.ts";
import { signPlay } from "./media.rules.ts";
import { memoryStreamStore } from "./media.store.memory.ts";
import { redisStreamStore } from "./media.store.redis.ts";
import type { StreamStore } from "./media.store.ts";
import { Streams } from "./media.streams.ts";

const everyAddress = new Set(["0.0.0.0", "::"]);
const now = () => performance.now();

/** The service with limits of its own; tests lower them. */
export const mediaService = (bounds: MediaBounds) =>
	service(media, {
		mixins: [redis()],
		state: () => ({
			playKey: undefined as unknown as Buffer,
			store: undefined as unknown as StreamStore,
			streams: undefined as unknown as Streams,
			ingests: [] as Ingest[],
			playback: undefined as unknown as Playback,
			timer: undefined as NodeJS.Timeout | undefined,
			bytes: { in: 0, out: 0 }
		}),
		methods: {
			roomsPort(): RoomsPort {
				const { call } = typed(this.broker);
				return {
					authorizePublish: (params) => call("rooms.authorizePublish", params),
					streamStarted: (params) => call("rooms.streamStarted", params),
					streamHealth: (params) => call("rooms.streamHealth", params),
					streamStopped: (params) => call("rooms.streamStopped", params)
				};
			},

			/** Base of the play addresses of this node; each node of a cluster has its own. */
			base(): string {
				const { publicMediaUrl, host } = envOf(this.broker);
				if (publicMediaUrl !== undefined) return publicMediaUrl.replace(/\/+$/, "");
				return `http://${everyAddress.has(host) ? "127.0.0.1" : host}:${this.playback.port}`;
			},

			openStreams(): void {
				this.streams = new Streams({
					rooms: this.roomsPort(),
					store: this.store,
					nodeId: this.broker.nodeID,
					bounds,
					base: () => this.base(),
					now,
					onFailed: (what, error) => this.logger.warn(`Streams: no answer of ${what}`, error)
				});
			},

			openListeners(): void {
				const env = envOf(this.broker);
				const { host, ports, rtmps, allowedOrigins, publicUrl, trustedProxies } = env;
				const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
				const shared = { host, bounds, isTrusted: addressList(trustedProxies) };
				const ingest = {
					...shared,
					admit: (admission: Admission) => this.streams.admit(admission),
					onReceived: (bytes: number) => {
						this.bytes.in += bytes;
					},
					onRefused: (reason: string) => countRefusal(this.broker, reason)
				};
				this.ingests = [new Ingest({ ...ingest, port: ports.rtmp })];
				if (rtmps) this.ingests.push(new Ingest({ ...ingest, port: rtmps.port, tls: rtmps }));
				this.playback = new Playback({
					...shared,
					port: ports.media,
					playKey: this.playKey,
					allowedOrigins: new Set([...allowedOrigins, ...own]),
					find: (roomId) => this.streams.find(roomId),
					now,
					onSent: (bytes) => {
						this.bytes.out += bytes;
					}
				});
			},

			tick(): void {
				this.streams.tick();
				const connected = this.ingests.reduce((sum, { connections }) => sum + connections, 0);
				showMediaFigures(this.broker, {
					"media.streams.open": this.streams.size,
					"media.viewers.open": this.streams.viewers,
					"media.encoders.connected": connected,
					"media.in.bytes": this.bytes.in,
					"media.out.bytes": this.bytes.out
				});
			},

			/** Hangs up on everybody, while `rooms` can still be told. Safe to repeat. */
			async drain(): Promise<void> {
				clearInterval(this.timer);
				const leaving = this.streams.close();
				const closing = this.ingests.map((ingest) => ingest.close("restarting"));
				await Promise.all([...closing, this.playback.close(), leaving]);
			}
		},
		actions: {
			async sources(ctx) {
				const { roomId } = ctx.params;
				const here = this.streams.find(roomId);
				const found = here?.isRunning ? { base: this.base() } : await this.store.find(roomId);
				if (!found) return { items: [] };
				const seconds = Math.floor(Date.now() / 1_000) + limits.mediaPlayUrlSecondsMax;
				const expiresAt = new Date(seconds * 1_000).toISOString();
				const url = `${found.base}/live/${roomId}.flv?${signPlay(this.playKey, roomId, seconds)}`;
				return {
					items: [
						{ type: "flv" as const, url, expiresAt },
						{ type: "ws-flv" as const, url: url.replace(/^http/, "ws"), expiresAt }
					]
				};
			},

			async kick(ctx) {
				await ctx.broadcast("media.kicked", ctx.params, { groups: ["media"] });
				return {};
			}
		},
		events: {
			"media.kicked"(ctx) {
				this.streams.kick(ctx.params.roomId, ctx.params.generation);
			}
		},
		channels: {
			async "rooms.keyRotated"(ctx) {
				await ctx.broadcast("media.kicked", ctx.params, { groups: ["media"] });
			},
			// A ban ends the host's session, too. What is lost on the way is told with the next report.
			async "rooms.ended"(ctx) {
				const { roomId, generation } = ctx.params;
				await ctx.broadcast("media.kicked", { roomId, generation }, { groups: ["media"] });
			}
		},
		created() {
			const { secrets } = envOf(this.broker);
			this.playKey = deriveKey(secrets.master, "media.play");
			this.store = this.redis ? redisStreamStore(this.redis) : memoryStreamStore();
			this.openStreams();
			this.openListeners();
		},
		async started() {
			registerMediaMetrics(this.broker);
			await Promise.all([...this.ingests.map((ingest) => ingest.listen()), this.playback.listen()]);
			this.timer = setInterval(() => this.tick(), bounds.tickMilliseconds);
		},
		async stopped() {
			await this.drain();
		}
	});

export default mediaService(mediaBounds);
