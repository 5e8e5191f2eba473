import { beforeEach, describe, expect, it } from "vitest";
import type { TypedCaller } from "../../lib/context.ts";
import { Identities } from "./identities.ts";

describe("identities of a node", () => {
	const ended: { sessionId: string; reason: string; expiresAt: number }[] = [];
	const caller = {
		call: async () => ({ items: [...ended], until: 1 })
	} as unknown as TypedCaller;
	let identities: Identities;
	let heard: string[][];

	beforeEach(() => {
		ended.length = 0;
		identities = new Identities(caller);
		heard = [];
		identities.onEnded((sessions) =>
			heard.push(sessions.map(({ sessionId, reason }) => `${sessionId} ${reason}`))
		);
	});

	it("tells each ended session once, whether the hint or the poll came first", async () => {
		identities.end({ sessionId: "1", reason: "banned" });
		identities.end({ sessionId: "1", reason: "banned" });
		const expiresAt = Date.now() + 60_000;
		const over = { reason: "ended", expiresAt };
		ended.push({ sessionId: "1", ...over }, { sessionId: "2", ...over });
		await identities.refresh();
		await identities.refresh();
		identities.end({ sessionId: "2", reason: "ended" });
		expect(heard).toEqual([["1 banned"], ["2 ended"]]);
	});

	it("refuses what is no token", async () => {
		await expect(identities.identify("a.b.c")).rejects.toMatchObject({ type: "INVALID_TOKEN" });
	});
});
