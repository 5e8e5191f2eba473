/**
 * What a backup is: a folder with one file of the database, the pictures, and a manifest that is
 * written last. A folder without a manifest is no backup.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cp, mkdir, open, readdir, readFile, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";

export interface Manifest {
	readonly format: 1;
	readonly database: "mysql" | "sqlite";
	/** Everything that was committed before `startedAt` is in it, nothing from after `endedAt`. */
	readonly startedAt: string;
	readonly endedAt: string;
	readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string };
	readonly pictures: number;
}

const manifestName = "manifest.json";
const picturesName = "files";

/** Pictures as `services/files` keeps them; uploads that have not ended yet are left out. */
async function copyPictures(from: string, to: string): Promise<number> {
	if (!(await isThere(from))) return 0;
	const filter = (path: string): boolean => basename(path) !== "incoming";
	await cp(from, to, { recursive: true, filter });
	const names = await readdir(to, { recursive: true });
	return names.filter((name) => /^\d+[\\/]\d+$/.test(name)).length;
}

export interface BackupPlan {
	/** Must not be there yet. */
	readonly folder: string;
	readonly dataDir: string;
	readonly database: Manifest["database"];
	/** Writes the database into a folder and answers the name of the file. */
	readonly dump: (folder: string) => Promise<string>;
}

/**
 * The database first: a picture is on the disk before its row, so every row of the copy finds its
 * file. Back when all of it is on the disk, under its own name.
 */
export async function makeArchive(plan: BackupPlan): Promise<Manifest> {
	if (await isThere(plan.folder)) throw new Error(`${plan.folder} is there already.`);
	const half = `${plan.folder}.partial`;
	await mkdir(half, { recursive: true, mode: 0o700 });
	if ((await readdir(half)).length > 0) {
		throw new Error(`${half} is left from a backup that did not end: remove it.`);
	}
	const startedAt = new Date().toISOString();
	const name = await plan.dump(half);
	const endedAt = new Date().toISOString();
	const pictures = await copyPictures(join(plan.dataDir, "files"), join(half, picturesName));
	const file = { name, ...(await fingerprint(join(half, name))) };
	const { database } = plan;
	const manifest: Manifest = { format: 1, database, startedAt, endedAt, file, pictures };
	await writeSafely(join(half, manifestName), `${JSON.stringify(manifest, null, "\t")}\n`);
	await rename(half, plan.folder);
	return manifest;
}

/** The manifest of a whole backup. Throws when something of it is missing or was changed. */
export async function openArchive(folder: string): Promise<Manifest> {
	const text = await readFile(join(folder, manifestName), "utf8").catch(() => undefined);
	if (text === undefined) throw new Error(`${folder} holds no backup.`);
	const manifest = JSON.parse(text) as Manifest;
	if (manifest.format !== 1) throw new Error(`Format ${manifest.format} is not known here.`);
	const { name, bytes, sha256 } = manifest.file;
	const found = await fingerprint(join(folder, name));
	if (found.bytes !== bytes || found.sha256 !== sha256) {
		throw new Error(`${name} is not the file that was backed up.`);
	}
	return manifest;
}

/** Pictures of the backup, beside those that are there. */
export async function restorePictures(folder: string, dataDir: string): Promise<void> {
	const from = join(folder, picturesName);
	if (await isThere(from)) await cp(from, join(dataDir, "files"), { recursive: true });
}

const isThere = async (path: string): Promise<boolean> =>
	(await stat(path).catch(() => undefined)) !== undefined;

async function fingerprint(path: string): Promise<{ bytes: number; sha256: string }> {
	const hash = createHash("sha256");
	await pipeline(createReadStream(path), hash);
	return { bytes: (await stat(path)).size, sha256: hash.digest("hex") };
}

async function writeSafely(path: string, text: string): Promise<void> {
	await using file = await open(path, "wx", 0o600);
	await file.writeFile(text);
	await file.sync();
}
