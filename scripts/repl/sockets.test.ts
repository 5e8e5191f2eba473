/** `whereis`, `room` and `sockets`, over a stand-in for the nodes. */
import type { ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import imRouter from "../../services/im-router/im-router.service.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { type Session, sessionOf } from "./command.ts";
import { roomCommand } from "./room.ts";
import { socketsCommand } from "./sockets.ts";
import { whereisCommand } from "./whereis.ts";

const life = { nodeId: "edge-1", incarnation: "life-1" };

describe("what developers see of messages", () => {
	let opened: Opened;
	let session: Session;

	beforeAll(async () => {
		opened = await (sqlBackends[0] as (typeof sqlBackends)[0]).open();
		const socket = { id: "s1", userId: "7", deviceId: "phone-0001", rooms: ["1", "2"] };
		const items = [
			{ ...socket, unsentBytes: 512 },
			{ id: "s2", rooms: [], unsentBytes: 0 }
		];
		const users = {
			name: "users",
			actions: {
				findByUsername: {
					auth: "internal",
					handler: (ctx: { params: { username: string } }) => ({
						userId: ctx.params.username === "lily" ? "7" : null
					})
				}
			}
		} as unknown as ServiceSchema;
		const gateway = {
			name: "im-gateway",
			actions: { sockets: { auth: "internal", handler: () => ({ items }) } }
		} as unknown as ServiceSchema;
		const services = [imRouter, users, gateway];
		const broker = await startBroker({
			env: opened.env,
			services,
			nodeId: "edge-1",
			migrate: true
		});
		session = sessionOf(broker);
		await session.call("im-router.renew", { ...life, rooms: [] });
	});
	afterAll(async () => {
		await session.broker.stop();
		await opened.close();
	});

	it("shows where somebody is, by id or name", async () => {
		expect(await whereisCommand.run(session, { who: "7" })).toBe("7 is not connected.");
		expect(await whereisCommand.run(session, { who: "nobody" })).toBe("Nobody is called nobody.");
		const device = { userId: "7", deviceId: "phone-0001" };
		const { epoch } = await session.call("im-router.connect", { ...device, ...life });
		for (const who of ["7", "lily"]) {
			const [names, row] = (await whereisCommand.run(session, { who })).split("\n");
			expect(names).toMatch(/^device +node +incarnation +epoch +since +pending$/);
			expect(row).toMatch(new RegExp(`^phone-0001 +edge-1 +life-1 +${epoch} +\\S+Z +0$`));
		}
	});

	it("shows the log of a room and who gets it", async () => {
		expect(await roomCommand.run(session, { id: "1" })).toContain("Nothing was said in room 1");
		const { epoch } = await session.call("im-router.join", { roomId: "1", ...life });
		const shown = await roomCommand.run(session, { id: "1" });
		expect(shown.split("\n")).toEqual([
			`epoch ${epoch}, 0 lines so far, the last 0 kept`,
			"node    incarnation",
			"edge-1  life-1"
		]);
	});

	it("shows the sockets of every node", async () => {
		const [names, first, second] = (await socketsCommand.run(session, {})).split("\n");
		expect(names).toMatch(/^node +socket +user +device +rooms +unsent bytes$/);
		expect(first).toMatch(/^edge-1 +s1 +7 +phone-0001 +1 2 +512$/);
		expect(second).toMatch(/^edge-1 +s2 +- +- +- +0$/);
	});
});
