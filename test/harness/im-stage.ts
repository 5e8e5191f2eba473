/**
 * The sockets of one node, on a plain HTTP server, with neighbours of a few lines. The router is a
 * fake whose faults a test can choose; the real one is met in test/integration/chat*.test.ts.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import type { ServiceSchema } from "moleculer";
import type { Call } from "../../lib/context.ts";
import imGatewayService from "../../services/im-gateway/im-gateway.service.ts";
import { testEnv } from "./backends.ts";
import { startBroker } from "./broker.ts";
import { SocketClient } from "./socket-clients.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const jwk = { kid: "k1", kty: "OKP", crv: "Ed25519", x: publicKey.export({ format: "jwk" }).x };

export const tokenOf = (userId: string, sessionId = userId, seconds = 600): Promise<string> =>
	new SignJWT({ sid: sessionId })
		.setProtectedHeader({ alg: "EdDSA", kid: "k1", typ: "at+jwt" })
		.setIssuer("live-commerce")
		.setAudience("api")
		.setSubject(userId)
		.setIssuedAt()
		.setExpirationTime(`${seconds}s`)
		.sign(privateKey);

type Params = Readonly<Record<string, unknown>>;
type Handler = (params: Params, meta: Record<string, unknown>) => unknown;

const fake = (name: string, handlers: Record<string, Handler>): ServiceSchema => {
	const actions: Record<string, unknown> = {};
	for (const [action, handle] of Object.entries(handlers)) {
		const handler = (ctx: { params: Params; meta: Record<string, unknown> }) =>
			handle(ctx.params, ctx.meta);
		actions[action] = { auth: "internal", handler };
	}
	return { name, actions } as unknown as ServiceSchema;
};

/** What a test may change while it runs. */
export interface StageState {
	log: { epoch: string; lines: { offset: number; json: string }[] };
	/** Nothing is sent live: lines are only in the log. */
	isMute: boolean;
	/** The router answers nothing. */
	isRouterAway: boolean;
	known: boolean;
	epoch: number;
	sequence: number;
	pending: Record<string, unknown>[];
	readonly calls: { readonly name: string; readonly params: Record<string, unknown> }[];
	holds: { userId: string; roomId: string | null; kind: string; until: string | null }[];
	words: string[];
	status: string;
	isModerationAway: boolean;
	rooms: Set<string>;
	audience: { viewers: number; likes: number };
}

const initialState = (): StageState => ({
	log: { epoch: "e1", lines: [] },
	isMute: false,
	isRouterAway: false,
	known: true,
	epoch: 1_000,
	sequence: 0,
	pending: [],
	calls: [],
	holds: [],
	words: [],
	status: "live",
	isModerationAway: false,
	rooms: new Set(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
	audience: { viewers: 0, likes: 0 }
});

export async function startImStage(variables: Readonly<Record<string, string>> = {}) {
	const folder = mkdtempSync(join(tmpdir(), "im-stage-"));
	const state = initialState();
	const server = createServer((_, response) => response.writeHead(404).end());
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const broker = await startBroker({
		env: testEnv(folder, variables),
		options: { dependencyInterval: 10 },
		services: [gatewayOf(server), ...neighbours(state), routerOf(state, deliver), imGatewayService]
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const clients: SocketClient[] = [];
	const call = broker.call.bind(broker) as Call;

	/** As a router forwards: to the life of the node that it knows. */
	async function deliver(parts: { rooms?: unknown[]; direct?: unknown[] }) {
		const { incarnation } = (state.calls.findLast(({ name }) => name === "renew")?.params ??
			{}) as { incarnation: string };
		const params = { incarnation, rooms: [], direct: [], ...parts };
		return call("im-gateway.deliver", params as never);
	}

	return {
		...{ broker, state, url, call, deliver, server },
		async connect(auth: object = {}, options: object = {}) {
			const client = new SocketClient(url, { auth, transports: ["websocket"], ...options });
			clients.push(client);
			return client.ready();
		},
		/** Appends lines to the log; sends them live unless the router is mute. */
		async append(roomId: string, texts: readonly string[], only?: (offset: number) => boolean) {
			const lines = texts.map((text) => appended(state, { roomId, text, from: "7" }));
			const live = lines.filter(({ offset }) => only?.(offset) ?? true);
			const group = { roomId, epoch: state.log.epoch, lines: live };
			if (!state.isMute && live.length > 0) await deliver({ rooms: [group] });
		},
		async stop() {
			for (const client of clients.splice(0)) client.close();
			await broker.stop();
			server.closeAllConnections();
			server.close();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

export type ImStage = Awaited<ReturnType<typeof startImStage>>;

const gatewayOf = (server: Server): ServiceSchema =>
	({
		name: "gateway",
		created(this: { server: Server }) {
			this.server = server;
		}
	}) as unknown as ServiceSchema;

function appended(state: StageState, line: { roomId: string; text: string; from: string }) {
	const { epoch, lines } = state.log;
	const offset = lines.length + 1;
	const json = JSON.stringify({
		...{ id: `m${offset}`, class: "ephemeral", kind: "chat", roomId: line.roomId, offset, epoch },
		from: { id: line.from, nickname: `Name ${line.from}`, level: 3 },
		at: "2026-11-21T09:00:00.000Z",
		body: { text: line.text }
	});
	lines.push({ offset, json });
	return { offset, reliable: false, json };
}

type Deliver = (parts: { rooms: unknown[] }) => Promise<unknown>;

function routerOf(state: StageState, deliver: Deliver): ServiceSchema {
	const end = () => ({ epoch: state.log.epoch, offset: state.log.lines.length });
	const handlers: Record<string, Handler> = {
		renew(params) {
			const { known } = state;
			state.known = true;
			const rooms = (params.rooms as string[]).map((roomId) => ({ roomId, ...end() }));
			return { known, rooms };
		},
		join: end,
		part: () => ({}),
		connect() {
			state.epoch += 1;
			const { epoch, sequence, pending } = state;
			return { epoch, sequence, pending };
		},
		disconnect: () => ({ removed: true }),
		ack: () => ({ acked: 1 }),
		history: (params) => historyOf(state, params),
		async say(params) {
			const { roomId, text, from } = params as Record<"roomId" | "text", string> & {
				from: { id: string };
			};
			const line = appended(state, { roomId, text, from: from.id });
			const group = { roomId, epoch: state.log.epoch, lines: [line] };
			if (!state.isMute) await deliver({ rooms: [group] });
			return { id: `m${line.offset}`, offset: line.offset };
		},
		tell: () => ({ id: "p1" }),
		inbox: () => ({ items: [], more: false }),
		// moleculer-io would make this the user of the socket.
		online(_, meta) {
			meta.user = { id: "666", sessionId: "1" };
			return { userIds: ["7"] };
		}
	};
	for (const [name, handle] of Object.entries(handlers)) {
		handlers[name] = (params, meta) => {
			state.calls.push({ name, params });
			if (state.isRouterAway) throw new Error("SECRET of the router");
			return handle(params, meta);
		};
	}
	return fake("im-router", handlers);
}

function historyOf({ log }: StageState, params: Params) {
	const { epoch, lines } = log;
	const isSame = params.epoch === epoch;
	const after = params.after === undefined || !isSame ? 0 : (params.after as number);
	const items = lines.slice(after).slice(-300);
	const recovered = params.after === undefined || (isSame && lines.length - after <= 300);
	return {
		...{ epoch, offset: lines.length, recovered },
		items: items.map(({ json }) => JSON.parse(json))
	};
}

function neighbours(state: StageState): ServiceSchema[] {
	const notFound = () => Object.assign(new Error("no"), { type: "NOT_FOUND", code: 404 });
	return [
		fake("auth", {
			keys: () => ({ items: [jwk] }),
			revocations: () => ({ items: [], until: 0 })
		}),
		fake("users", {
			getMany: ({ ids }) => ({
				items: (ids as string[]).map((id) => ({ id, nickname: `Name ${id}`, level: 3 }))
			})
		}),
		fake("rooms", {
			get: ({ id }) => {
				if (!state.rooms.has(id as string)) throw notFound();
				return { id, status: state.status };
			},
			audience: (params) => {
				state.calls.push({ name: "audience", params });
				const items = params.items as { roomId: string; likes: number }[];
				for (const { likes } of items) state.audience.likes += likes;
				return { items: items.map(({ roomId }) => ({ roomId, ...state.audience })) };
			}
		}),
		fake("moderation", {
			ofRoom: ({ roomId }) => ({
				items: state.holds.filter((hold) => hold.roomId === roomId)
			}),
			ofUser: ({ userId }) => ({
				items: state.holds.filter((hold) => hold.roomId === null && hold.userId === userId)
			}),
			changes: () => {
				if (state.isModerationAway) throw new Error("away");
				return { version: 1, items: [], complete: true, wordsVersion: state.words.length + 1 };
			},
			allWords: () => ({ version: state.words.length + 1, words: state.words })
		})
	];
}
