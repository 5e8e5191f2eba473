/** Clients of the sockets as an outside developer writes them: plain `socket.io-client`. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

export interface SeenEnvelope {
	readonly id: string;
	readonly class: string;
	readonly kind: string;
	readonly roomId?: string;
	readonly from?: { readonly id: string; readonly nickname: string; readonly level: number };
	readonly offset?: number;
	readonly epoch?: string;
	readonly sequence?: number;
	readonly at: string;
	readonly body: Record<string, unknown>;
}

export interface SessionNotice {
	readonly kind: string;
	readonly epoch?: number;
	readonly sequence?: number;
}

export interface CallError {
	readonly code: string;
	readonly message: string;
	readonly data?: Record<string, unknown>;
}

export class SocketClient {
	readonly socket: Socket;
	/** All that came, in its order. */
	readonly messages: SeenEnvelope[] = [];
	readonly sessions: SessionNotice[] = [];

	constructor(url: string, options: Partial<ManagerOptions & SocketOptions> = {}) {
		this.socket = io(url, { forceNew: true, reconnection: false, ...options });
		this.socket.on("message", (envelope: SeenEnvelope) => this.messages.push(envelope));
		this.socket.on("session", (notice: SessionNotice) => this.sessions.push(notice));
	}

	/** Resolves when the server has said `ready`; rejects with its `connect_error`. */
	async ready(): Promise<this> {
		await new Promise<void>((resolve, reject) => {
			this.socket.on("connect_error", reject);
			this.socket.on("session", ({ kind }: SessionNotice) => {
				if (kind === "ready") resolve();
			});
		});
		return this;
	}

	/** The result of a call; throws its error, `{ code, message, data? }`. */
	async call<T = Record<string, unknown>>(name: string, params?: unknown): Promise<T> {
		const [error, result] = await new Promise<[CallError | null, T]>((resolve, reject) => {
			const late = setTimeout(() => reject(new Error(`${name} was not answered.`)), 8_000);
			const values = params === undefined ? [name] : [name, params];
			this.socket.emit("call", ...values, (...answer: [CallError | null, T]) => {
				clearTimeout(late);
				resolve(answer);
			});
		});
		if (error) throw error;
		return result;
	}

	ofKind(kind: string): SeenEnvelope[] {
		return this.messages.filter((message) => message.kind === kind);
	}

	/** Lines of chat, as text. */
	get lines(): string[] {
		return this.ofKind("chat").map(({ body }) => String(body.text));
	}

	close(): void {
		this.socket.disconnect();
	}
}
