/**
 * How a file comes in: `multipart/form-data` with one file in the field `file`, whole and within
 * its bounds before anything is called, so that slow or hostile senders hold nothing but memory
 * of this edge, and of that only so much.
 */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { Busboy, type BusboyConfig, type BusboyInstance } from "@fastify/busboy";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { gatewayErrors } from "./gateway.errors.ts";

const fileField = "file";

const refused = (message: string) =>
	commonErrors.VALIDATION_FAILED({ fields: [{ field: fileField, message }] });

/** Who may send at this moment. */
export class UploadSlots {
	readonly #perUser = new Map<string, number>();
	#taken = 0;

	/** Runs `work` in a slot. Throws BUSY, or RATE_LIMITED to whoever has too many already. */
	async hold<T>(userId: string, work: () => Promise<T>): Promise<T> {
		const own = this.#perUser.get(userId) ?? 0;
		if (own >= limits.uploadsAtOncePerUserMax) {
			throw commonErrors.RATE_LIMITED({ retryAfterMs: 1_000 });
		}
		if (this.#taken >= limits.uploadsAtOnceMax) throw commonErrors.BUSY({ retryAfterMs: 1_000 });
		this.#taken += 1;
		this.#perUser.set(userId, own + 1);
		try {
			return await work();
		} finally {
			this.#taken -= 1;
			const left = (this.#perUser.get(userId) ?? 1) - 1;
			if (left > 0) this.#perUser.set(userId, left);
			else this.#perUser.delete(userId);
		}
	}
}

/** More than this is not even read to its end. */
const requestBytesMax =
	limits.uploadBytesMax + limits.uploadFormBytesMax + limits.uploadRefusedBytesMax;

/**
 * The file of the request. Throws VALIDATION_FAILED (no form, no file, anything else beside it),
 * BAD_REQUEST, PAYLOAD_TOO_LARGE or UPLOAD_TOO_SLOW.
 */
export async function readUpload(request: IncomingMessage): Promise<Buffer> {
	if (!/^multipart\/form-data\s*;/i.test(request.headers["content-type"] ?? "")) {
		throw refused("must be sent as multipart/form-data");
	}
	if (Number(request.headers["content-length"] ?? 0) > requestBytesMax) {
		throw commonErrors.PAYLOAD_TOO_LARGE();
	}
	const form = new Form(request);
	const deadline = setTimeout(
		() => form.fail(gatewayErrors.UPLOAD_TOO_SLOW()),
		limits.uploadMillisecondsMax
	);
	try {
		return await form.file;
	} finally {
		clearTimeout(deadline);
		form.leave();
	}
}

/** The same bytes for a call. */
export const streamOf = (file: Buffer): Readable => {
	const { filePieceBytesMax: step } = limits;
	const pieces = Array.from({ length: Math.ceil(file.length / step) }, (_, index) =>
		file.subarray(index * step, (index + 1) * step)
	);
	return Readable.from(pieces, { objectMode: false });
};

function parserFor(request: IncomingMessage): BusboyInstance {
	try {
		return new Busboy({
			headers: request.headers as BusboyConfig["headers"],
			limits: {
				...{ files: 1, fields: 0, parts: 2, headerPairs: 16, headerSize: 4 * 1024 },
				fileSize: limits.uploadBytesMax
			}
		});
	} catch {
		throw commonErrors.BAD_REQUEST();
	}
}

/** One form as it is read. A fault is told when all is read, as far as that stays within bounds. */
class Form {
	readonly #request: IncomingMessage;
	readonly #parser: BusboyInstance;
	readonly #result = Promise.withResolvers<Buffer>();
	readonly #chunks: Buffer[] = [];
	#files = 0;
	#bytes = 0;
	#fault: Error | undefined;

	constructor(request: IncomingMessage) {
		this.#request = request;
		this.#parser = parserFor(request);
		const tooMuch = () => this.#refuse(refused("must be the only one in the form"));
		for (const event of ["fieldsLimit", "filesLimit", "partsLimit"] as const) {
			this.#parser.on(event, tooMuch);
		}
		this.#parser.on("file", (name, file) => {
			this.#files += 1;
			if (name !== fileField) this.#refuse(refused("must have this name"));
			file.on("data", (chunk: Buffer) => this.#keep(chunk));
			file.on("limit", () => this.#refuse(commonErrors.PAYLOAD_TOO_LARGE()));
			file.on("error", () => this.fail(commonErrors.BAD_REQUEST()));
		});
		this.#parser.on("error", () => this.fail(commonErrors.BAD_REQUEST()));
		this.#parser.on("finish", () => this.#finish());
		request.on("data", this.#count).on("error", this.#abort).on("close", this.#abort);
		request.pipe(this.#parser);
	}

	get file(): Promise<Buffer> {
		return this.#result.promise;
	}

	/** At once: the form cannot be read further. */
	fail(error: Error): void {
		this.#result.reject(error);
	}

	/** Lets the rest of the request run into nothing. */
	leave(): void {
		const request = this.#request;
		request.off("data", this.#count).off("error", this.#abort).off("close", this.#abort);
		request.on("error", () => {});
		request.unpipe(this.#parser);
		request.resume();
		this.#chunks.length = 0;
	}

	/** A request that came whole is closed too, while the parser may still be at its end. */
	readonly #abort = () => {
		if (!this.#request.complete) this.fail(commonErrors.BAD_REQUEST());
	};

	readonly #count = (chunk: Buffer) => {
		this.#bytes += chunk.length;
		if (this.#bytes > requestBytesMax) this.fail(commonErrors.PAYLOAD_TOO_LARGE());
	};

	#refuse(error: Error): void {
		this.#fault ??= error;
		this.#chunks.length = 0;
	}

	#keep(chunk: Buffer): void {
		if (!this.#fault) this.#chunks.push(chunk);
	}

	#finish(): void {
		if (!this.#fault && this.#files === 0) this.#fault = refused("is required");
		if (this.#fault) this.fail(this.#fault);
		else this.#result.resolve(Buffer.concat(this.#chunks));
	}
}
