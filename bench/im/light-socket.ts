/**
 * A socket.io client of a few lines over a plain TCP socket, so that hundreds of them cost less
 * than the server that is measured: frames are walked, and looked into only as far as needed.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** Opens the text of a line that counts; the time of sending stands behind it. */
export const mark = "~t";
const markBytes = Buffer.from(mark);

export interface LightOptions {
	readonly url: string;
	readonly auth: Readonly<Record<string, unknown>>;
	/** A message with a mark; `payload` is good only during the call. */
	onMarked(payload: Buffer, markAt: number, socket: LightSocket): void;
}

type Answer = (values: unknown[]) => void;

export class LightSocket {
	readonly #options: LightOptions;
	readonly #socket: Socket;
	readonly #answers = new Map<number, Answer>();
	#rest: Buffer = Buffer.alloc(0);
	#isUpgraded = false;
	#sent = 0;
	#ready: () => void = () => {};
	/** The last reliable message that came. */
	sequence = 0;

	private constructor(options: LightOptions) {
		this.#options = options;
		const { hostname, port } = new URL(options.url);
		this.#socket = connect(Number(port), hostname);
		this.#socket.setNoDelay(true);
		this.#socket.on("error", () => {});
		this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
	}

	/** Resolves when the server lets it in; a platform of ours also has to say `ready`. */
	static async open(options: LightOptions, greeting: "connect" | "ready"): Promise<LightSocket> {
		const socket = new LightSocket(options);
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		const late = setTimeout(() => reject(new Error("A client was not let in.")), 20_000);
		socket.#ready = resolve;
		socket.#greeting = greeting;
		socket.#upgrade();
		await promise;
		clearTimeout(late);
		return socket;
	}

	#greeting: "connect" | "ready" = "connect";

	/** An event with an acknowledgement. */
	request(...values: unknown[]): Promise<unknown[]> {
		const id = ++this.#sent;
		this.#text(`42${id}${JSON.stringify(values)}`);
		return new Promise((resolve) => this.#answers.set(id, resolve));
	}

	close(): void {
		this.#socket.destroy();
	}

	#upgrade(): void {
		const { host } = new URL(this.#options.url);
		this.#socket.write(
			[
				"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
				`Host: ${host}`,
				...["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
				`Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
				"\r\n"
			].join("\r\n")
		);
	}

	#take(bytes: Buffer): void {
		let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
		if (!this.#isUpgraded) {
			const end = buffer.indexOf("\r\n\r\n");
			if (end < 0) {
				this.#rest = buffer;
				return;
			}
			this.#isUpgraded = true;
			buffer = buffer.subarray(end + 4);
		}
		this.#rest = buffer.subarray(this.#walk(buffer));
	}

	/** Frames of a server are not masked and, here, never split. Answers how far they are whole. */
	#walk(buffer: Buffer): number {
		let at = 0;
		while (at + 2 <= buffer.length) {
			const short = (buffer[at + 1] as number) & 127;
			let head = at + 2;
			let length = short;
			if (short === 126) {
				if (at + 4 > buffer.length) break;
				length = buffer.readUInt16BE(at + 2);
				head = at + 4;
			}
			if (short === 127) throw new Error("Nothing that large is expected.");
			if (head + length > buffer.length) break;
			this.#frame(buffer.subarray(head, head + length));
			at = head + length;
		}
		return at;
	}

	#frame(payload: Buffer): void {
		const [type, event] = payload as unknown as [number, number];
		if (type === 0x30) this.#text(`40${JSON.stringify(this.#options.auth)}`);
		else if (type === 0x32) this.#text("3");
		else if (type !== 0x34) return;
		else if (event === 0x30) this.#greeted("connect");
		else if (event === 0x33) this.#answered(payload.toString());
		else if (event === 0x32) this.#event(payload);
		else throw new Error(`Refused: ${payload}`);
	}

	#event(payload: Buffer): void {
		const markAt = payload.indexOf(markBytes);
		if (markAt >= 0) this.#options.onMarked(payload, markAt, this);
		else if (payload.toString("latin1", 4, 11) === "session") {
			const [, notice] = JSON.parse(payload.toString("utf8", 2)) as [string, { kind: string }];
			if (notice.kind === "ready") this.#greeted("ready");
		}
	}

	#greeted(by: "connect" | "ready"): void {
		if (by === this.#greeting) this.#ready();
	}

	#answered(text: string): void {
		const [, id = "", json = "[]"] = /^43(\d+)(.*)$/s.exec(text) ?? [];
		const answer = this.#answers.get(Number(id));
		this.#answers.delete(Number(id));
		answer?.(JSON.parse(json));
	}

	/** A client has to mask; a mask of zeros leaves the bytes as they are. */
	#text(text: string): void {
		const bytes = Buffer.byteLength(text);
		const isShort = bytes < 126;
		const head = isShort ? 6 : 8;
		const frame = Buffer.alloc(head + bytes);
		frame[0] = 0x81;
		frame[1] = 0x80 | (isShort ? bytes : 126);
		if (!isShort) frame.writeUInt16BE(bytes, 2);
		frame.write(text, head);
		this.#socket.write(frame);
	}
}

/** Milliseconds since the line was sent, by the clock of this process. */
export function ageOf(payload: Buffer, markAt: number): number {
	const end = payload.indexOf("~", markAt + mark.length);
	return performance.now() - Number(payload.toString("latin1", markAt + mark.length, end));
}

/** About 100 bytes of what people say, with the time in front. */
export const lineNow = (): string =>
	`${mark}${performance.now().toFixed(2)}~ こんばんは、今日もかわいい! 🎉 good evening from Osaka`;
