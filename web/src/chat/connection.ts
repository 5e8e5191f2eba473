/**
 * The one socket of this page. It is open while somebody holds it, comes back by itself with
 * growing, jittered pauses, and always speaks for who is signed in now.
 */
import type { Socket } from "socket.io-client";
import type { ClusterActions } from "../../../lib/contract.ts";
import type { socketCalls } from "../../../services/im-gateway/im-gateway.contract.ts";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import { ApiError } from "../api/http.ts";
import { Emitter } from "./emitter.ts";

type Calls = typeof socketCalls;
export type SocketCall = keyof Calls;
type Action<Name extends SocketCall> = ClusterActions[`im-gateway.${Calls[Name]}`];

/** Why the platform is about to close the socket; or that all is well. */
export interface SessionNotice {
	readonly kind: "ready" | "expiring" | "kicked" | "banned" | "slow" | "restarting";
	readonly epoch?: number;
	readonly sequence?: number;
}

export interface ConnectionParts {
	/** A socket that has not begun to connect, and will not come back by itself. */
	readonly open: (auth: SocketAuth) => Promise<Socket>;
	/** A token for the handshake; another than `refused`. */
	readonly token: (refused?: string) => Promise<string | undefined>;
	readonly deviceId: () => Promise<string>;
	readonly random: () => number;
}

export interface SocketAuth {
	readonly token?: string;
	readonly deviceId: string;
}

/** `refused`: the platform does not want this user, and asking again changes nothing. */
export type Phase = "closed" | "connecting" | "connected" | "refused";

const answerMilliseconds = 8_000;
/** A connection that ends sooner was none: the pauses go on growing. */
const steadyMilliseconds = 10_000;
/** After these a token is no good any more. */
const endsToken: readonly SessionNotice["kind"][] = ["expiring", "kicked", "banned"];
const tokenRefusals = ["INVALID_TOKEN", "TOKEN_EXPIRED", "SESSION_ENDED", "UNAUTHENTICATED"];

/** Milliseconds before another try: half a second, doubling to 15 s, times ½ to 1½. */
export const pauseOf = (failures: number, random: number): number =>
	Math.min(500 * 2 ** failures, 15_000) * (0.5 + random);

export class Connection {
	readonly phases = new Emitter<Phase>();
	readonly envelopes = new Emitter<Envelope>();
	readonly notices = new Emitter<SessionNotice>();
	readonly #parts: ConnectionParts;
	#phase: Phase = "closed";
	#holders = 0;
	#socket: Socket | undefined;
	#token: string | undefined;
	#refused: string | undefined;
	#failures = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** Names the present try: what an older one brings is thrown away. */
	#turn = 0;

	constructor(parts: ConnectionParts) {
		this.#parts = parts;
	}

	readonly phase = (): Phase => this.#phase;

	/** Keeps the socket open until the returned function is called. */
	hold(): () => void {
		this.#holders += 1;
		if (this.#holders === 1) this.restart();
		let isHeld = true;
		return () => {
			if (!isHeld) return;
			isHeld = false;
			this.#holders -= 1;
			// A page that follows this one holds it again in the same breath.
			if (this.#holders === 0) setTimeout(() => this.#holders === 0 && this.#close("closed"));
		};
	}

	/** Somebody else is signed in, or the network is back: connects anew, at once. */
	restart(): void {
		if (this.#holders === 0) return;
		this.#close("connecting");
		this.#failures = 0;
		void this.#connect();
	}

	/** Tries at once what would wait otherwise. */
	hurry(): void {
		if (this.#phase === "connecting" && this.#timer !== undefined) this.restart();
	}

	/** @throws ApiError `OFFLINE` while there is no socket, `TIMEOUT` without an answer in time */
	call<Name extends SocketCall>(
		name: Name,
		params: Action<Name>["params"]
	): Promise<Action<Name>["returns"]> {
		const socket = this.#socket;
		if (this.#phase !== "connected" || !socket) return Promise.reject(new ApiError("OFFLINE", 0));
		return new Promise((resolve, reject) => {
			const answer = (late: Error | null, error: unknown, result: unknown) => {
				if (late) reject(new ApiError(socket.connected ? "TIMEOUT" : "OFFLINE", 0));
				else if (error) reject(socketError(error));
				else resolve(result as Action<Name>["returns"]);
			};
			socket.timeout(answerMilliseconds).emit("call", name, params, answer);
		});
	}

	async #connect(): Promise<void> {
		const turn = this.#turn;
		try {
			const token = await this.#parts.token(this.#refused);
			const deviceId = await this.#parts.deviceId();
			const auth = token === undefined ? { deviceId } : { token, deviceId };
			const socket = await this.#parts.open(auth);
			if (turn !== this.#turn) return;
			this.#token = token;
			this.#socket = socket;
			this.#listen(socket, turn);
			socket.connect();
		} catch {
			if (turn === this.#turn) this.#retry();
		}
	}

	#listen(socket: Socket, turn: number): void {
		let connectedAt = 0;
		const ifCurrent =
			<Parts extends unknown[]>(work: (...parts: Parts) => void) =>
			(...parts: Parts) => {
				if (turn === this.#turn) work(...parts);
			};
		socket.on(
			"connect",
			ifCurrent(() => {
				connectedAt = Date.now();
				this.#refused = undefined;
				this.#become("connected");
			})
		);
		socket.on("message", ifCurrent(this.envelopes.emit));
		socket.on("session", ifCurrent(this.#heed));
		socket.on(
			"connect_error",
			ifCurrent((error: Error & { data?: { code?: string } }) => this.#fail(error.data?.code))
		);
		socket.on(
			"disconnect",
			ifCurrent(() => {
				if (Date.now() - connectedAt > steadyMilliseconds) this.#failures = 0;
				this.#retry();
			})
		);
	}

	readonly #heed = (notice: SessionNotice): void => {
		if (endsToken.includes(notice.kind)) this.#refused = this.#token;
		this.notices.emit(notice);
	};

	#fail(code: string | undefined): void {
		if (tokenRefusals.includes(code ?? "")) this.#refused = this.#token;
		if (code === "USER_BANNED") this.#close("refused");
		else this.#retry();
	}

	#retry(): void {
		this.#close("connecting");
		const pause = pauseOf(this.#failures, this.#parts.random());
		this.#failures += 1;
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			void this.#connect();
		}, pause);
	}

	#close(phase: Phase): void {
		this.#turn += 1;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#socket?.disconnect();
		this.#socket = undefined;
		this.#become(phase);
	}

	#become(phase: Phase): void {
		if (phase === this.#phase) return;
		this.#phase = phase;
		this.phases.emit(phase);
	}
}

/** What a call was refused with: `{ code, message, data }`, or the fields of a thrown error. */
function socketError(error: unknown): ApiError {
	const { code, type, message, data } = error as Record<string, unknown>;
	const name = typeof code === "string" ? code : typeof type === "string" ? type : "INTERNAL";
	const status = typeof code === "number" ? code : 400;
	const details = typeof data === "object" && data !== null ? data : {};
	return new ApiError(name, status, typeof message === "string" ? message : name, details);
}
