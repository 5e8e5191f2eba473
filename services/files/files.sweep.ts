import { limits } from "../../config/limits.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import type { Disk } from "./files.disk.ts";
import { hasFiles, knownFiles } from "./files.model.ts";

/**
 * Deletes files that have no row: their upload failed between the two. Returns how many.
 *
 * A database that knows nothing of this disk is another one (an empty one, a second installation
 * on the same folder), and says nothing about what may go.
 */
export async function sweepDisk(db: Queryable, disk: Disk, now: Date): Promise<number> {
	if (!(await hasFiles(db, disk.id))) return 0;
	const before = new Date(now.getTime() - limits.fileOrphanSecondsMin * 1_000);
	let removed = 0;
	for await (const ids of disk.oldFiles(before)) {
		const known = await knownFiles(db, disk.id, ids);
		for (const id of ids) {
			if (known.has(id)) continue;
			await disk.remove(id);
			removed += 1;
		}
	}
	return removed;
}
