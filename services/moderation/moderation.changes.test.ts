import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { type ModerationStage, startModeration } from "../../test/harness/moderation-stage.ts";
import { until } from "../../test/harness/until.ts";
import { deleteEnded, insertChange } from "./moderation.model.ts";
import { lockVersion, writeVersion } from "./moderation.versions.model.ts";
import { lay, sweep } from "./moderation.writing.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`changes of restrictions on ${backend.name}`, () => {
		let opened: Opened;
		let stage: ModerationStage;
		let call: ModerationStage["call"];
		let restrict: ModerationStage["restrict"];
		let heldIn: ModerationStage["heldIn"];
		let version: ModerationStage["version"];

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startModeration(opened);
			({ call, restrict, heldIn, version } = stage);
		});
		afterAll(async () => {
			await stage.stop();
			await opened.close();
		});

		it("tells every change once and in order to who polls, also while many are made", async () => {
			const since = await version();
			const heard: string[] = [];
			let seen = since;
			let isDone = false;
			const poll = async () => {
				const answer = await call("moderation.changes", { since: seen });
				expect(answer.complete).toBe(true);
				expect(answer.version - seen).toBe(answer.items.length);
				heard.push(...answer.items.map(({ userId }) => userId));
				seen = answer.version;
			};
			const poller = (async () => {
				while (!isDone) await poll();
				await poll();
			})();
			const users = Array.from({ length: 40 }, (_, index) => String(40 + index));
			await Promise.all(users.map((userId) => restrict("6", userId)));
			isDone = true;
			await poller;
			expect(heard.sort()).toEqual(users);
			expect(seen).toBe(since + users.length);
		});

		// SQLite takes one transaction after the other, and readers wait: nothing to hold back there.
		const several = backend.name === "sqlite" ? undefined : it;
		several?.("holds a version back until all before it are there", async () => {
			const before = await version();
			const held = Promise.withResolvers<void>();
			const locked = Promise.withResolvers<void>();
			const slow = stage.db.transaction(async (tx) => {
				const next = (await lockVersion(tx, "restrictions")) + 1;
				await insertChange(tx, { version: next, roomId: "107", userId: "20", at: new Date() });
				await writeVersion(tx, "restrictions", next);
				locked.resolve();
				await held.promise;
			});
			await locked.promise;
			const fast = restrict("7", "21");
			const meanwhile = await call("moderation.changes", { since: before });
			expect(meanwhile).toMatchObject({ version: before, items: [] });
			held.resolve();
			await Promise.all([slow, fast]);
			const after = await call("moderation.changes", { since: before });
			expect(after.items.map(({ userId }) => userId)).toEqual(["20", "21"]);
		});

		it("says when a poller has missed too much", async () => {
			expect(await call("moderation.changes", { since: 10_000 })).toMatchObject({
				...{ complete: false, items: [] }
			});
			const now = Date.now();
			const old = new Date(now - limits.restrictionChangeSecondsMax * 1000 - 1_000);
			await lay(stage.db, {
				...{ roomId: "108", userId: "20", kind: "mute", byOperator: false, endsAt: null },
				...{ reason: "", byId: "8", laidAt: old }
			});
			const last = await version();
			await sweep(stage.db, new Date(now));
			expect(await call("moderation.changes", { since: last - 1 })).toMatchObject({
				...{ version: last, complete: false }
			});
			const current = await call("moderation.changes", { since: last });
			expect(current).toMatchObject({ version: last, complete: true, items: [] });
			// The restriction itself is not forgotten.
			expect(await heldIn("108")).toEqual(["20 mute"]);
			await restrict("8", "21");
			const next = await call("moderation.changes", { since: last });
			expect(next.items).toEqual([{ roomId: "108", userId: "21" }]);
		});

		it("forgets what is over, and nothing else", async () => {
			const rows = async () =>
				(await stage.db.query("SELECT user_id FROM moderation_restrictions WHERE room_id = 108"))
					.length;
			const kept = await rows();
			await restrict("8", "22", { kind: "ban", seconds: 1 });
			await restrict("8", "23", { kind: "ban", seconds: 1 });
			expect(await rows()).toBe(kept + 2);
			await until(async () => !(await heldIn("108")).includes("22 ban"));
			expect(await rows()).toBe(kept + 2);
			await until(async () => {
				while (await deleteEnded(stage.db, new Date(), 1));
				return (await rows()) === kept;
			});
			expect(await heldIn("108")).toEqual(["20 mute", "21 mute"]);
		});
	});
}
