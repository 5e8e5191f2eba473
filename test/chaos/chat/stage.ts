/** A cluster of three edges for chat, on servers of its own that may be killed. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Env, loadEnv } from "../../../config/env.ts";
import type { LocalServer } from "../../../scripts/servers/local-server.ts";
import { startNats } from "../../../scripts/servers/nats.ts";
import { startRedis } from "../../../scripts/servers/redis.ts";
import { type Person, post, signUp } from "../../harness/people.ts";
import { createDatabase, type RunningPlatform, startCluster } from "../../harness/platforms.ts";
import type { ServerUrls } from "../../harness/servers.ts";
import { until } from "../../harness/until.ts";
import { Follower } from "./follower.ts";

export interface ChatStage {
	readonly cluster: RunningPlatform;
	readonly redis: LocalServer;
	/** Of whoever joins the nodes. */
	readonly env: Env;
	stop(): Promise<void>;
}

export async function startChatStage(urls: ServerUrls): Promise<ChatStage> {
	const closing: (() => unknown)[] = [];
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-chat-"));
	closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
	const nats = await startNats(join(folder, "nats"));
	closing.push(() => nats.stop());
	const redis = await startRedis(join(folder, "redis"));
	closing.push(() => redis.stop());
	const database = await createDatabase(urls, `chat_${randomBytes(4).toString("hex")}`);
	const cluster = await startCluster({
		folder: join(folder, "nodes"),
		servers: { natsUrl: nats.url, redisUrl: redis.url, ...database },
		counts: { edge: 3, core: 1, live: 1, media: 1, money: 0, shop: 0 }
	});
	closing.push(() => cluster.stop());
	return {
		...{ cluster, redis },
		env: loadEnv({
			...{ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: join(folder, "guest") },
			...{ NATS_URL: nats.url, REDIS_URL: redis.url, MYSQL_URL: database.mysqlUrl }
		}),
		async stop() {
			for (const close of closing.splice(0).reverse()) await close();
		}
	};
}

/** A live room of somebody new. */
export async function liveRoom(edge: string): Promise<{ host: Person; roomId: string }> {
	const host = await signUp(edge);
	await post(edge, "/users/me/host", {}, host.accessToken);
	let roomId = "";
	// The tag is read through a cache.
	await until(async () => {
		const room = await post<{ id: string }>(edge, "/rooms", { title: "Tea" }, host.accessToken);
		roomId = room.id;
		return true;
	});
	await post(edge, `/rooms/${roomId}/start`, {}, host.accessToken);
	return { host, roomId };
}

let devices = 0;

/** People whose clients follow a room, spread over the edges; talk among them can be kept up. */
export class Crowd {
	readonly edges: readonly string[];
	readonly roomId: string;
	readonly followers: Follower[] = [];
	/** Lines whose sender was answered. */
	readonly said: string[] = [];
	#isTalking = false;
	#talking: Promise<void>[] = [];

	constructor(edges: readonly string[], roomId: string) {
		this.edges = edges;
		this.roomId = roomId;
	}

	async join(at: number, more: { token?: string; isLost?: boolean } = {}): Promise<Follower> {
		const { edges, roomId } = this;
		devices += 1;
		const deviceId = `device-${process.pid}-${devices}`;
		const follower = new Follower({ edges, at, roomId, deviceId, ...more });
		await follower.open();
		if (!more.isLost) this.followers.push(follower);
		return follower;
	}

	async joinAs(at: number): Promise<{ follower: Follower; person: Person }> {
		const person = await signUp(this.edges[0] as string);
		return { person, follower: await this.join(at, { token: person.accessToken }) };
	}

	/** Each of them says one line after another until `hush`. */
	talk(talkers: readonly Follower[]): void {
		this.#isTalking = true;
		const start = this.said.length;
		this.#talking = talkers.map(async (talker, number) => {
			for (let line = 0; this.#isTalking; line += 1) {
				const text = `${start}-${number}-${line}`;
				const params = { roomId: this.roomId, clientId: text, text };
				await talker.insist("im.say", params);
				this.said.push(text);
				await sleep(40);
			}
		});
	}

	/** Waits until so many more lines were said. */
	async more(lines: number): Promise<void> {
		const goal = this.said.length + lines;
		await until(() => this.said.length >= goal, 30_000);
	}

	/** Ends the talk, and waits until everybody is at the end of the log. */
	async hush(): Promise<void> {
		this.#isTalking = false;
		await Promise.all(this.#talking);
		await until(() => {
			const end = Math.max(...this.followers.map(({ offset }) => offset));
			return this.followers.every(({ isIn, offset }) => isIn && offset === end);
		}, 20_000);
	}

	/** Calls so far that nobody answered, or that were refused for the moment. */
	get refusals(): number {
		return this.followers.reduce((sum, { refusals }) => sum + refusals, 0);
	}

	async close(): Promise<void> {
		this.#isTalking = false;
		for (const follower of this.followers) follower.close();
		await Promise.allSettled(this.#talking);
	}
}

/** Somebody sends private messages until told to stop; the ids that were answered. */
export function tellAll(from: Follower, userId: string) {
	const told: string[] = [];
	let isTelling = true;
	const telling = (async () => {
		for (let number = 0; isTelling; number += 1) {
			const text = `psst ${number}`;
			await from.insist("im.tell", { userId, clientId: `t${number}`, text });
			told.push(text);
			await sleep(40);
		}
	})();
	return {
		told,
		async stop() {
			isTelling = false;
			await telling;
		}
	};
}
