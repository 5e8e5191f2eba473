import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import {
	type ModerationStage,
	operator,
	otherOperator,
	startModeration
} from "../../test/harness/moderation-stage.ts";
import { as } from "../../test/harness/room-stage.ts";
import { until } from "../../test/harness/until.ts";

const refusal = (type: string) => ({ status: "rejected", reason: { type } });

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`moderation on ${backend.name}`, () => {
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

		it("mutes, bans and kicks in one's own room; the last word of a kind counts", async () => {
			const muted = await restrict("1", "20", { reason: "Shouts" });
			expect(muted).toEqual({
				...{ roomId: "101", userId: "20", kind: "mute", until: null, reason: "Shouts" },
				...{ by: "1", byOperator: false, at: expect.any(String) }
			});
			const kicked = await restrict("1", "20", { kind: "kick" });
			const seconds = (Date.parse(kicked.until ?? "") - Date.parse(kicked.at)) / 1000;
			expect(seconds).toBe(limits.kickSeconds);
			await restrict("1", "21", { kind: "ban", seconds: 500 });
			await restrict("1", "21", { kind: "ban", seconds: 100 });
			expect(await heldIn("101")).toEqual(["20 kick", "20 mute", "21 ban"]);
			const { items } = await call("moderation.list", { id: "101" }, as("1"));
			expect(items.map(({ userId, kind }) => [userId, kind])).toEqual([
				["21", "ban"],
				["20", "kick"],
				["20", "mute"]
			]);
			const { at, until: end } = items[0] as { at: string; until: string };
			expect(Date.parse(end) - Date.parse(at)).toBe(100_000);
			await until(() => stage.hints.length >= 4);
			expect(stage.hints).toContainEqual({ roomId: "101", userId: "20" });
			expect(await heldIn("102")).toEqual([]);
		});

		it("lifts all of the host, once and again", async () => {
			await restrict("2", "20");
			await restrict("2", "20", { kind: "ban" });
			const before = await version();
			for (const _ of [1, 2]) {
				expect(await call("moderation.lift", { id: "102", userId: "20" }, as("2"))).toEqual({});
			}
			expect(await heldIn("102")).toEqual([]);
			expect(await version()).toBe(before + 1);
		});

		it("pages through a room", async () => {
			for (const userId of ["30", "31", "32", "33", "34"]) await restrict("3", userId);
			const seen: string[] = [];
			let cursor: string | null | undefined;
			do {
				const params = { id: "103", limit: 2, ...(cursor ? { cursor } : {}) };
				const page = await call("moderation.list", params, as("3"));
				seen.push(...page.items.map(({ userId }) => userId));
				cursor = page.nextCursor;
			} while (cursor);
			expect(seen).toEqual(["34", "33", "32", "31", "30"]);
		});

		it("knows nobody but the host, and keeps operators and the host out of it", async () => {
			const before = [await heldIn("104"), await version()];
			const inRoom = { id: "104", userId: "20" };
			expect(
				await Promise.allSettled([
					call("moderation.restrict", { ...inRoom, kind: "ban" }, as("1")),
					call("moderation.lift", inRoom, as("1")),
					call("moderation.list", { id: "104" }, as(operator)),
					call("moderation.list", { id: "999" }, as("4")),
					call("moderation.restrict", { ...inRoom, kind: "ban" }),
					restrict("4", "4"),
					restrict("4", operator, { kind: "kick" }),
					restrict("4", "100"),
					call("moderation.list", { id: "104", cursor: "nonsense" }, as("4")),
					restrict("4", "20", { seconds: 0 })
				])
			).toMatchObject([
				...Array.from({ length: 4 }, () => refusal("NOT_FOUND")),
				...[refusal("UNAUTHENTICATED"), refusal("CANNOT_RESTRICT_SELF")],
				...[refusal("CANNOT_RESTRICT_OPERATOR"), refusal("NOT_FOUND")],
				...[refusal("BAD_REQUEST"), refusal("VALIDATION_ERROR")]
			]);
			expect([await heldIn("104"), await version()]).toEqual(before);
		});

		it("lets operators restrict anybody anywhere, audited, and hosts not undo it", async () => {
			const by = as(operator);
			const ban = { userId: "20", roomId: "105", kind: "ban" as const, reason: "Fraud" };
			expect(await call("moderation.restrictAnywhere", ban, by)).toMatchObject({
				...{ roomId: "105", kind: "ban", by: operator, byOperator: true, until: null }
			});
			await restrict("5", "20", { kind: "ban", seconds: 1 });
			await call("moderation.lift", { id: "105", userId: "20" }, as("5"));
			expect(await heldIn("105")).toEqual(["20 ban"]);
			// A host and another operator too: nobody stands above the platform.
			const mute = { userId: "5", kind: "mute" as const, seconds: 60, reason: "Calm down" };
			await call("moderation.restrictAnywhere", mute, by);
			await call("moderation.restrictAnywhere", { ...mute, userId: otherOperator }, by);
			const { items } = await call("moderation.ofUser", { userId: "5" });
			expect(items).toEqual([
				{ roomId: null, userId: "5", kind: "mute", until: expect.any(String) }
			]);
			expect((await call("moderation.ofUser", { userId: "20" })).items).toEqual([]);
			await restrict("5", "20");
			await call("moderation.liftAnywhere", { userId: "20", roomId: "105" }, by);
			expect(await heldIn("105")).toEqual([]);
			await call("moderation.liftAnywhere", { userId: "5" }, by);
			expect((await call("moderation.ofUser", { userId: "5" })).items).toEqual([]);
			expect(
				stage.audited.filter((line) => line === "moderation.restrictAnywhere ok")
			).toHaveLength(3);
			expect(stage.audited).toContain("moderation.liftAnywhere ok");
		});

		it("refuses operators what is no restriction, and others what operators do", async () => {
			const mute = { userId: "20", kind: "mute" as const, reason: "" };
			const anywhere = (params: object, who: string) =>
				call("moderation.restrictAnywhere", { ...mute, ...params }, as(who));
			expect(
				await Promise.allSettled([
					anywhere({}, "1"),
					anywhere({ kind: "ban" }, operator),
					anywhere({ kind: "kick" }, operator),
					anywhere({ userId: operator }, operator),
					anywhere({ roomId: "999" }, operator),
					anywhere({ userId: "100" }, operator),
					call("moderation.words", {}, as("1")),
					call("moderation.addWord", { word: "x" }, as("1")),
					call("moderation.removeWord", { word: "x" }, as("1")),
					call("moderation.liftAnywhere", { userId: "20" }, as("1")),
					call("moderation.addWord", { word: "\u200b" }, as(operator))
				])
			).toMatchObject([
				...[refusal("FORBIDDEN"), refusal("VALIDATION_ERROR"), refusal("VALIDATION_ERROR")],
				...[refusal("CANNOT_RESTRICT_SELF"), refusal("NOT_FOUND"), refusal("NOT_FOUND")],
				...Array.from({ length: 4 }, () => refusal("FORBIDDEN")),
				refusal("WORD_NOT_ALLOWED")
			]);
		});

		it("tells everybody what they may do in a room", async () => {
			const standing = (who: string) => call("moderation.standing", { id: "106" }, as(who));
			const free = { mayStay: true, maySpeak: true, until: null };
			expect(await standing("20")).toEqual(free);
			const { until: end } = await restrict("6", "20", { seconds: 100 });
			expect(await standing("20")).toEqual({ ...free, maySpeak: false, until: end });
			await restrict("6", "20", { kind: "ban" });
			const away = { mayStay: false, maySpeak: false, until: null };
			expect(await standing("20")).toEqual(away);
			await call("moderation.lift", { id: "106", userId: "20" }, as("6"));
			expect(await standing("20")).toEqual(free);
			const mute = { userId: "20", kind: "mute" as const, reason: "" };
			await call("moderation.restrictAnywhere", mute, as(operator));
			expect(await standing("20")).toEqual({ ...free, maySpeak: false });
			await call("moderation.liftAnywhere", { userId: "20" }, as(operator));
			expect([await standing("20"), await standing("21")]).toEqual([free, free]);
		});

		it("keeps words once, however they are spelled, and numbers the changes", async () => {
			const by = as(operator);
			const before = (await call("moderation.allWords", {})).version;
			expect(await call("moderation.addWord", { word: " Spam" }, by)).toEqual({ word: "spam" });
			await call("moderation.addWord", { word: "ＳＰＡＭ" }, by);
			await call("moderation.addWord", { word: "加微信" }, by);
			const all = await call("moderation.allWords", {});
			expect(all).toEqual({ version: before + 2, words: ["spam", "加微信"] });
			expect((await call("moderation.changes", { since: 0 })).wordsVersion).toBe(before + 2);
			const first = await call("moderation.words", { limit: 1 }, by);
			expect(first.items).toEqual([{ word: "加微信", by: operator, at: expect.any(String) }]);
			const cursor = first.nextCursor ?? "";
			const rest = await call("moderation.words", { limit: 1, cursor }, by);
			expect(rest).toMatchObject({ items: [{ word: "spam" }], nextCursor: null });
			for (const word of ["SPAM", "spam", "\u200b"]) {
				expect(await call("moderation.removeWord", { word }, by)).toEqual({});
			}
			const left = await call("moderation.allWords", {});
			expect(left).toEqual({ version: before + 3, words: ["加微信"] });
			await until(() => stage.hints.includes("words"));
		});
	});
}
