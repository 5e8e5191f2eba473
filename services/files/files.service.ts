import { join } from "node:path";
import type { Readable } from "node:stream";
import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import type { Ctx } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { cache, type Namespace } from "../../mixins/cache/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { files } from "./files.contract.ts";
import { Disk } from "./files.disk.ts";
import { fileErrors } from "./files.errors.ts";
import { bytesOfUser, type FileRow, findFile, insertFile } from "./files.model.ts";
import { collect } from "./files.stream.ts";
import { sweepDisk } from "./files.sweep.ts";
import { readPicture } from "./pictures/picture.ts";

interface Announced {
	readonly name: string;
	readonly nodeID: string;
	readonly metadata: { readonly diskId?: string };
}

export default service(files, {
	mixins: [sql(), cache()],
	dependencies: ["ids"],
	/** Made in `created` and `started`. */
	state: () => ({}) as { disk: Disk; rows: Namespace; sweepTimer: NodeJS.Timeout | undefined },
	methods: {
		/** Rows never change, so they may be kept; "there is none" may change, so it is not. */
		async rowOf(id: string): Promise<FileRow> {
			const row = await this.rows.get(id, async () => {
				const found = await findFile(this.sql, id);
				if (!found) throw commonErrors.NOT_FOUND();
				return found;
			});
			return row as FileRow;
		},

		/** A node that has the disk. Each announces its own in the registry. */
		nodeWith(diskId: string): string {
			const list = this.broker.registry.getServiceList({ onlyAvailable: true });
			const announced = list as unknown as Announced[];
			const holder = announced.find(
				({ name, metadata }) => name === "files" && metadata.diskId === diskId
			);
			if (!holder) throw fileErrors.FILE_UNREACHABLE();
			return holder.nodeID;
		},

		async sweep(): Promise<void> {
			try {
				await sweepDisk(this.sql, this.disk, new Date());
			} catch (error) {
				this.logger.warn("Orphaned files could not be swept", error);
			}
		}
	},
	actions: {
		async upload(ctx) {
			const userId = ctx.meta.user.id;
			const sent = await collect((ctx as Ctx & { stream?: Readable }).stream);
			const { bytes, type, width, height } = readPicture(sent);
			const used = await bytesOfUser(this.sql, userId);
			if (used + bytes.length > limits.fileBytesPerUserMax) throw fileErrors.FILE_SPACE_USED_UP();
			const { ids } = await ctx.call("ids.take", { name: "files" });
			const file = { id: ids[0] as string, type, width, height, bytes: bytes.length };
			// Bytes first: a row promises a file. Bytes without a row are swept away.
			await this.disk.write(file.id, bytes);
			const at = new Date();
			await insertFile(this.sql, { ...file, userId, storeId: this.disk.id, at });
			return { ...file, url: `/files/${file.id}` };
		},

		async download(ctx) {
			const { id, offset = 0 } = ctx.params;
			const { storeId, type, bytes: size } = await this.rowOf(id);
			if (storeId === this.disk.id) {
				return { type, size, bytes: await this.disk.read(id, offset) };
			}
			const nodeID = this.nodeWith(storeId);
			const { bytes } = await ctx.call("files.read", { id, offset }, { nodeID });
			return { type, size, bytes };
		},

		async read(ctx) {
			return { bytes: await this.disk.read(ctx.params.id, ctx.params.offset ?? 0) };
		}
	},
	created() {
		this.rows = this.cache.namespace("files.rows", {
			ttlMs: limits.fileCacheMilliseconds,
			nullTtlMs: limits.profileAbsentCacheMilliseconds
		});
	},
	async started() {
		this.disk = await Disk.open(join(envOf(this.broker).dataDir, "files"));
		this.metadata.diskId = this.disk.id;
		this.sweepTimer = setInterval(() => this.sweep(), limits.fileSweepSeconds * 1_000);
	},
	stopped() {
		clearInterval(this.sweepTimer);
	}
});
