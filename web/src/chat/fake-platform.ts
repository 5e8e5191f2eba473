/** For tests: a socket.io server with one room, that answers as it is told. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import { Connection } from "./connection.ts";

type Params = Record<string, unknown>;
type Respond = (error: unknown, result?: unknown) => void;
interface Call {
	readonly name: string;
	readonly params: Params;
}

/** The room, and who signs in. */
export const roomId = "5";
export const me = "7";

/** A platform with one room, that does as it is told. */
export class FakePlatform {
	readonly calls: Call[] = [];
	readonly auths: unknown[] = [];
	/** What to answer instead; taken once each. `undefined`: nothing at all. */
	readonly refusals = new Map<string, (object | undefined)[]>();
	readonly said = new Map<string, { id: string; offset: number }>();
	epoch = "a";
	log: Params[] = [];
	inbox: Params[] = [];
	/** What the handshake is refused with; taken once each. */
	readonly closedDoors: object[] = [];
	readonly http: HttpServer = createServer();
	readonly io = new Server(this.http);

	constructor() {
		this.io.use((socket, next) => {
			this.auths.push(socket.handshake.auth);
			const data = this.closedDoors.shift();
			next(data ? Object.assign(new Error("refused"), { data }) : undefined);
		});
		this.io.on("connection", (socket) => {
			socket.emit("session", { kind: "ready", epoch: 1, sequence: 0 });
			socket.on("call", (name: string, params: Params, respond: Respond) =>
				this.#answer({ name, params }, respond)
			);
		});
	}

	async listen(): Promise<string> {
		await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
		return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
	}

	named(name: string): Params[] {
		return this.calls.filter((call) => call.name === name).map(({ params }) => params);
	}

	/** A line from somebody; told to those who are here when `isTold`. */
	write(text: string, isTold = true, from = "1"): { id: string; offset: number } {
		const offset = this.log.length + 1;
		const id = `${this.epoch}-${offset}`;
		const line = {
			...{ id, class: "ephemeral", kind: "chat", roomId, offset, epoch: this.epoch },
			...{ from: { id: from, nickname: `Name ${from}`, level: 0 }, body: { text } },
			at: new Date().toISOString()
		};
		this.log.push(line);
		if (isTold) this.io.emit("message", line);
		return { id, offset };
	}

	drop(): void {
		this.io.disconnectSockets(true);
	}

	#answer(call: Call, respond: Respond): void {
		this.calls.push(call);
		const refusals = this.refusals.get(call.name);
		if (refusals?.length) {
			const refusal = refusals.shift();
			if (refusal) respond(refusal);
			return;
		}
		const { name, params } = call;
		if (name === "im.enter") respond(null, this.#entered(params));
		else if (name === "im.say") respond(null, this.#say(params));
		else if (name === "im.inbox") respond(null, { items: this.inbox, more: false });
		else if (name === "im.tell") respond(null, { id: `t-${params.clientId}` });
		else respond(null, {});
	}

	#entered({ after }: Params) {
		const { epoch = this.epoch, offset = 0 } = (after ?? {}) as { epoch?: string; offset?: number };
		const recovered = epoch === this.epoch;
		const messages = recovered ? this.log.slice(offset) : this.log;
		return { epoch: this.epoch, offset: this.log.length, recovered, messages, viewers: 3 };
	}

	#say({ clientId, text }: Params) {
		const key = String(clientId);
		const said = this.said.get(key) ?? this.write(String(text), true, me);
		this.said.set(key, said);
		return said;
	}
}

/** A connection to it; `tokens` gets what was refused before each token. */
export const connectTo = (url: string, tokens: (string | undefined)[] = []): Connection =>
	new Connection({
		open: async (auth) =>
			io(url, {
				...{ transports: ["websocket"], autoConnect: false, forceNew: true, reconnection: false },
				auth
			}),
		token: async (refused) => {
			tokens.push(refused);
			return `token-${tokens.length}`;
		},
		deviceId: async () => "device-1",
		random: () => 0
	});
