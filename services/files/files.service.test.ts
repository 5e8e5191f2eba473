import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { heavyPng, pictures } from "../../test/harness/pictures.ts";
import { until } from "../../test/harness/until.ts";
import ids from "../ids/ids.service.ts";
import { Disk } from "./files.disk.ts";
import { insertFile } from "./files.model.ts";
import files from "./files.service.ts";
import { sweepDisk } from "./files.sweep.ts";

interface Stored {
	readonly id: string;
	readonly url: string;
	readonly bytes: number;
}

interface Piece {
	readonly type: string;
	readonly size: number;
	readonly bytes: Buffer;
}

const as = (id: string) => ({ user: { id, sessionId: "1" } });

function uploadTo(broker: ServiceBroker, bytes: Buffer, userId = "7"): Promise<Stored> {
	const stream = Readable.from([bytes], { objectMode: false });
	return broker.call("files.upload", {}, { meta: as(userId), stream }) as Promise<Stored>;
}

async function downloadFrom(broker: ServiceBroker, id: string): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for (let offset = 0, size = 1; offset < size; ) {
		const piece = await broker.call<Piece, object>("files.download", { id, offset });
		expect(piece.bytes.length).toBeGreaterThan(0);
		expect(piece.bytes.length).toBeLessThanOrEqual(limits.filePieceBytesMax);
		pieces.push(piece.bytes);
		offset += piece.bytes.length;
		size = piece.size;
	}
	return Buffer.concat(pieces);
}

/** Every file below the folder. */
const filesIn = (dataDir: string): string[] =>
	readdirSync(join(dataDir, "files"), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map(({ name }) => name)
		.filter((name) => name !== "disk-id");

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`files on ${backend.name}`, () => {
		let opened: Opened;
		let broker: ServiceBroker;
		let sql: Sql;

		beforeAll(async () => {
			opened = await backend.open();
			broker = await startBroker({ env: opened.env, services: [files, ids], migrate: true });
			sql = openSql(opened.env);
		});
		afterAll(async () => {
			await sql.close();
			await broker.stop();
			await opened.close();
		});

		it.each(Object.entries(pictures))("keeps a %s as it was sent", async (_, picture) => {
			const { type, size, bytes } = picture;
			const stored = await uploadTo(broker, bytes);
			expect(stored).toMatchObject({ type, width: size[0], height: size[1] });
			expect(stored.url).toBe(`/files/${stored.id}`);
			const kept = await downloadFrom(broker, stored.id);
			expect(kept.length).toBe(stored.bytes);
			if (type !== "image/jpeg") expect(kept).toEqual(bytes);
		});

		it("hands a large one out in pieces", async () => {
			const large = heavyPng(2_000_000);
			const stored = await uploadTo(broker, large);
			expect(await downloadFrom(broker, stored.id)).toEqual(large);
		});

		it("writes whose it is", async () => {
			const { id } = await uploadTo(broker, pictures.png.bytes, "42");
			const [row] = await sql.query<{ user_id: number }>(
				"SELECT user_id FROM files_files WHERE id = ?",
				[id]
			);
			expect(String(row?.user_id)).toBe("42");
		});

		it("keeps nothing of what it refuses", async () => {
			const before = filesIn(opened.env.dataDir);
			const svg = uploadTo(broker, Buffer.from("<svg onload='alert(1)'/>"));
			await expect(svg).rejects.toMatchObject({ type: "NOT_A_PICTURE", code: 422 });
			const huge = uploadTo(broker, heavyPng(limits.uploadBytesMax + 1));
			await expect(huge).rejects.toMatchObject({ type: "PAYLOAD_TOO_LARGE" });
			const none = broker.call("files.upload", {}, { meta: as("7") });
			await expect(none).rejects.toMatchObject({ type: "BAD_REQUEST" });
			await expect(broker.call("files.upload")).rejects.toMatchObject({ type: "UNAUTHENTICATED" });
			expect(filesIn(opened.env.dataDir)).toEqual(before);
		});

		it("knows no other file, and none before it is there", async () => {
			for (const id of ["1", "9007199254740991"]) {
				const answer = broker.call("files.download", { id });
				await expect(answer).rejects.toMatchObject({ type: "NOT_FOUND" });
			}
			for (const id of ["../../etc/passwd", "0", "", "1/2", "1e3"]) {
				const answer = broker.call("files.read", { id });
				await expect(answer, id).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
			}
			const next = Number((await uploadTo(broker, pictures.png.bytes)).id) + 1;
			const early = broker.call("files.download", { id: String(next) });
			await expect(early).rejects.toMatchObject({ type: "NOT_FOUND" });
			const { id } = await uploadTo(broker, pictures.png.bytes);
			expect(id).toBe(String(next));
			expect(await downloadFrom(broker, id)).toEqual(pictures.png.bytes);
		});

		it("gives each user so much space and no more", async () => {
			const row = { type: "image/png", width: 1, height: 1, storeId: "another" } as const;
			const bytes = limits.fileBytesPerUserMax;
			await insertFile(sql, { ...row, id: "9", userId: "13", bytes, at: new Date() });
			const full = uploadTo(broker, pictures.png.bytes, "13");
			await expect(full).rejects.toMatchObject({ type: "FILE_SPACE_USED_UP" });
			const lost = broker.call("files.download", { id: "9" });
			await expect(lost).rejects.toMatchObject({ type: "FILE_UNREACHABLE", code: 503 });
		});

		it("lets each user upload so often and no more", async () => {
			const meta = { ...as("77"), clientAddress: "10.0.0.1" };
			const attempts = Array.from({ length: limits.uploadsPerHourMax + 2 }, () =>
				broker.call("files.upload", {}, { meta }).catch(({ type }) => type as string)
			);
			const types = await Promise.all(attempts);
			expect(types.filter((type) => type === "RATE_LIMITED")).toHaveLength(2);
		});

		it("sweeps away what has no row, once it is old", async () => {
			const disk = await Disk.open(join(opened.env.dataDir, "files"));
			await disk.write("888", pictures.png.bytes);
			const { id } = await uploadTo(broker, pictures.png.bytes);
			expect(await sweepDisk(sql, disk, new Date())).toBe(0);
			const yesterday = new Date(Date.now() - 2 * limits.fileOrphanSecondsMin * 1_000);
			for (const [folder, name] of [
				["888", "888"],
				[id, id]
			] as const) {
				const path = join(opened.env.dataDir, "files", String(Number(folder) % 256), name);
				utimesSync(path, yesterday, yesterday);
			}
			expect(await sweepDisk(sql, disk, new Date())).toBe(1);
			expect(filesIn(opened.env.dataDir)).not.toContain("888");
			expect(await downloadFrom(broker, id)).toEqual(pictures.png.bytes);
		});

		it("sweeps no disk that its database does not know", async () => {
			const folder = mkdtempSync(join(tmpdir(), "live-commerce-files-"));
			const disk = await Disk.open(folder);
			await disk.write("888", pictures.png.bytes);
			const later = new Date(Date.now() + 2 * limits.fileOrphanSecondsMin * 1_000);
			expect(await sweepDisk(sql, disk, later)).toBe(0);
			expect(await disk.read("888", 0)).toEqual(pictures.png.bytes);
			rmSync(folder, { recursive: true });
		});
	});
}

const { natsUrl, mysqlUrl } = inject("servers");
const mariadb = sqlBackends.find(({ name }) => name === "mariadb");

describe.skipIf(!natsUrl || !mysqlUrl)("files on nodes with a disk each", () => {
	it("are handed out by every node, from the disk that has them", async () => {
		const opened = (await mariadb?.open({ variables: { REDIS_URL: "" } })) as Opened;
		const folders: string[] = [];
		const start = (nodeId: string) => {
			const dataDir = mkdtempSync(join(tmpdir(), `live-commerce-${nodeId}-`));
			folders.push(dataDir);
			const env = { ...opened.env, natsUrl, dataDir };
			const namespace = `files-${process.pid}`;
			return startBroker({ env, services: [files, ids], nodeId, namespace, migrate: true });
		};
		const one = await start("disk-one");
		const other = await start("disk-other");
		try {
			const has = (broker: ServiceBroker, nodeID: string) =>
				broker.registry
					.getServiceList({ onlyAvailable: true })
					.some((item) => item.name === "files" && String(item.nodeID) === nodeID);
			await until(() => has(one, "disk-other") && has(other, "disk-one"));
			const large = heavyPng(2_000_000);
			// The stream goes over the bus: the call names the other node.
			const stream = Readable.from([large], { objectMode: false });
			const options = { meta: as("7"), stream, nodeID: "disk-one" };
			const { id } = await other.call<Stored, object>("files.upload", {}, options);
			expect(filesIn(folders[0] as string)).toEqual([id]);
			expect(filesIn(folders[1] as string)).toEqual([]);
			expect(await downloadFrom(other, id)).toEqual(large);
			expect(await downloadFrom(one, id)).toEqual(large);
			await one.stop();
			const gone = other.call("files.download", { id });
			await expect(gone).rejects.toMatchObject({ type: "FILE_UNREACHABLE" });
		} finally {
			await one.stop();
			await other.stop();
			await opened.close();
			for (const folder of folders) rmSync(folder, { recursive: true, force: true });
		}
	});
});
