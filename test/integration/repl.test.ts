/** S6: the REPL as a script uses it, without a terminal: lines in, text out. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { forget, watch } from "../../scripts/servers/guard.ts";
import { natsCommand, startNats } from "../../scripts/servers/nats.ts";
import { freePort } from "../../scripts/servers/ports.ts";
import { insertDeadLetter } from "../../services/outbox/outbox.dead-letters.model.ts";
import { newMessageId } from "../../services/outbox/outbox.tx.ts";
import { startBroker } from "../harness/broker.ts";
import { until } from "../harness/until.ts";

const script = fileURLToPath(new URL("../../scripts/repl.ts", import.meta.url));
const prompt = "live-commerce $ ";

class Repl {
	readonly child: ChildProcess;
	readonly gone: Promise<unknown[]>;
	#output = "";

	constructor(folder: string, variables: Record<string, string>) {
		this.child = spawn(process.execPath, [script], {
			env: { PATH: process.env.PATH, HOME: folder, DATA_DIR: folder, ...variables },
			stdio: ["pipe", "pipe", "pipe"]
		});
		const pid = this.child.pid ?? -1;
		watch(pid);
		this.gone = once(this.child, "exit").finally(() => forget(pid));
		const hear = (chunk: Buffer) => {
			this.#output += chunk;
		};
		this.child.stdout?.on("data", hear);
		this.child.stderr?.on("data", hear);
	}

	/** What it printed until the next prompt. */
	async heard(): Promise<string> {
		await until(() => this.#output.includes(prompt), 20_000);
		const [text = ""] = this.#output.split(prompt, 1);
		this.#output = this.#output.slice(text.length + prompt.length);
		return text;
	}

	say(line: string): Promise<string> {
		this.child.stdin?.write(`${line}\n`);
		return this.heard();
	}

	async end(): Promise<unknown> {
		this.child.stdin?.end();
		const [code] = await this.gone;
		return code;
	}
}

describe("the REPL on a platform of its own", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-repl-"));
	let repl: Repl;
	let sql: Sql;

	beforeAll(async () => {
		repl = new Repl(folder, { PORT: String(await freePort()) });
		await repl.heard();
		sql = openSql(loadEnv({ DATA_DIR: folder }));
	});
	afterAll(async () => {
		repl.child.kill("SIGKILL");
		await Promise.all([repl.gone, sql?.close()]);
		rmSync(folder, { recursive: true, force: true });
	});

	it("says who somebody is, by name or id", async () => {
		const byName = JSON.parse(await repl.say("whois Demo-Host"));
		expect(byName).toMatchObject({ nickname: "Demo host", tags: ["host"] });
		expect(JSON.parse(await repl.say(`whois ${byName.id}`))).toEqual(byName);
		expect(await repl.say("whois no-such-name")).toBe("Nobody is called no-such-name.\n");
		expect(await repl.say("whois 999999")).toBe("Nobody has the id 999999.\n");
		expect(await repl.say("whois")).toContain("missing required argument");
	});

	it("shows segments, settings, the audit log and who offers what", async () => {
		expect(await repl.say("segments")).toMatch(/^name +next +step +claims\n.*users +\d+ +1000 +1/s);
		expect(await repl.say("settings")).toMatch(/auth\.registrationsOpen +true +true/);
		expect(await repl.say("audit")).toBe("Operators did nothing yet.\n");
		expect(await repl.say("audit many")).toContain("with 1 to 100");
		expect(await repl.say("services-of edge")).toMatch(/gateway +all-.*\nhealth +all-/);
		expect(await repl.say("services-of nowhere")).toContain("is not known");
	});

	it("replays a dead letter", async () => {
		const letter = newMessageId(Date.now());
		await insertDeadLetter(sql, {
			...{ id: letter, source: "consumer", channel: "outbox.canary", consumer: "outbox" },
			...{ messageId: newMessageId(Date.now()), attempts: 8, error: "It was a test.\nYes." },
			payload: JSON.stringify({ sentAt: new Date().toISOString() }),
			buriedAt: new Date()
		});
		const listed = await repl.say("outbox");
		expect(listed).toContain("dead 1");
		expect(listed).toMatch(new RegExp(`${letter} +outbox.canary +outbox +8 .*It was a test. Yes.`));
		expect(await repl.say(`outbox replay ${letter}`)).toContain("is on its way again");
		expect(await repl.say(`outbox replay ${letter}`)).toBe("No such letter.\n");
		expect(await repl.say("outbox relpay 1")).toContain("`outbox replay <id>`");
		expect(await repl.say("outbox")).toContain("dead 0");
	});

	it("ends with its input", async () => {
		expect(await repl.end()).toBe(0);
	});
});

describe.skipIf(!natsCommand())("the REPL on a cluster", () => {
	it("joins as a node without services and calls those of others", async () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-repl-"));
		const nats = await startNats(join(folder, "nats"));
		const variables = {
			...{ NATS_URL: nats.url, NODE_ENV: "test" },
			// Named because a cluster has them; nothing here opens them.
			...{ MYSQL_URL: "mysql://127.0.0.1:1/none", REDIS_URL: "redis://127.0.0.1:1" }
		};
		const user = { id: "7", nickname: "Seven" };
		const internal = (answer: object) => ({ auth: "internal", handler: () => answer });
		const elsewhere = await startBroker({
			env: loadEnv({ ...variables, DATA_DIR: folder }),
			nodeId: "elsewhere",
			services: [
				{ name: "users", actions: { getMany: internal({ items: [user] }) as never } },
				{ name: "tags", actions: { of: internal({ items: [{ tags: ["host"] }] }) as never } }
			]
		});
		const repl = new Repl(folder, variables);
		try {
			await repl.heard();
			expect(JSON.parse(await repl.say("whois 7"))).toEqual({ ...user, tags: ["host"] });
			expect(await repl.say("services-of core")).toMatch(/auth +-\nusers +elsewhere\n/);
			const own = () => {
				const nodes = elsewhere.registry.getNodeList({ onlyAvailable: true, withServices: true });
				return nodes.find(({ id }) => id.startsWith("repl-"));
			};
			await until(() => own() !== undefined);
			const offered = own()?.services.map(({ name }) => name) ?? [];
			expect(offered.filter((name) => name !== "$node")).toEqual([]);
			expect(await repl.end()).toBe(0);
		} finally {
			repl.child.kill("SIGKILL");
			await Promise.all([repl.gone, elsewhere.stop()]);
			await nats.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	});
});
