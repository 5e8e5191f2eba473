/**
 * Files on one disk, below `DATA_DIR/files`. A disk has an id of its own, kept beside the files:
 * a row says which disk its file lies on, whatever the nodes are called and wherever the folder is
 * mounted. Nodes that share a folder are the same disk.
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { fileErrors } from "./files.errors.ts";

const incoming = "incoming";
const folders = 256;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

export class Disk {
	readonly #folder: string;
	readonly id: string;

	private constructor(folder: string, id: string) {
		this.#folder = folder;
		this.id = id;
	}

	/** Opens the folder, and names it when it is new. */
	static async open(folder: string): Promise<Disk> {
		await mkdir(join(folder, incoming), { recursive: true });
		const name = join(folder, "disk-id");
		const mine = await temporary(folder, Buffer.from(randomBytes(16).toString("hex")));
		try {
			// A link is there whole or not at all: of two nodes that start at once one wins.
			await link(mine, name);
		} catch (error) {
			if (codeOf(error) !== "EEXIST") throw error;
		} finally {
			await rm(mine, { force: true });
		}
		return new Disk(folder, await readFile(name, "utf8"));
	}

	/** `id` is decimal (the contract says so), so it cannot lead out of the folder. */
	#pathOf(id: string): string {
		return join(this.#folder, String(Number(id) % folders), id);
	}

	/** The file is there whole, or not at all. Throws STORAGE_FULL. */
	async write(id: string, bytes: Buffer): Promise<void> {
		const path = this.#pathOf(id);
		try {
			const written = await temporary(this.#folder, bytes);
			await mkdir(join(path, ".."), { recursive: true });
			await rename(written, path);
		} catch (error) {
			if (["ENOSPC", "EDQUOT"].includes(String(codeOf(error)))) throw fileErrors.STORAGE_FULL();
			throw error;
		}
	}

	/** At most `limits.filePieceBytesMax` from `offset` on. Throws NOT_FOUND. */
	async read(id: string, offset: number): Promise<Buffer> {
		try {
			await using file = await open(this.#pathOf(id), "r");
			const { size } = await file.stat();
			const left = Math.max(0, size - offset);
			const piece = Buffer.alloc(Math.min(left, limits.filePieceBytesMax));
			await file.read(piece, 0, piece.length, offset);
			return piece;
		} catch (error) {
			if (codeOf(error) === "ENOENT") throw commonErrors.NOT_FOUND();
			throw error;
		}
	}

	async remove(id: string): Promise<void> {
		await rm(this.#pathOf(id), { force: true });
	}

	/** Ids of files written before `before`, and leftovers of writes that never ended go. */
	async *oldFiles(before: Date): AsyncGenerator<string[]> {
		for (const name of await this.#oldIn(incoming, before)) {
			await rm(join(this.#folder, incoming, name), { force: true });
		}
		for (let folder = 0; folder < folders; folder += 1) {
			const names = await this.#oldIn(String(folder), before);
			const ids = names.filter((name) => /^[1-9][0-9]{0,15}$/.test(name));
			for (let from = 0; from < ids.length; from += limits.fileSweepRowsMax) {
				yield ids.slice(from, from + limits.fileSweepRowsMax);
			}
		}
	}

	async #oldIn(folder: string, before: Date): Promise<string[]> {
		const path = join(this.#folder, folder);
		const names = await readdir(path).catch(() => []);
		const old: string[] = [];
		for (const name of names) {
			const { mtime } = await stat(join(path, name)).catch(() => ({ mtime: before }));
			if (mtime < before) old.push(name);
		}
		return old;
	}
}

/** A new file of that content, safe on the disk. */
async function temporary(folder: string, bytes: Buffer): Promise<string> {
	const path = join(folder, incoming, randomBytes(12).toString("hex"));
	try {
		await using file = await open(path, "wx", 0o644);
		await file.writeFile(bytes);
		await file.sync();
	} catch (error) {
		await rm(path, { force: true });
		throw error;
	}
	return path;
}
