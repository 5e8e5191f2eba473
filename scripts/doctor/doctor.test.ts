import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "nats";
import { afterAll, describe, expect, inject, test } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { createDatabase } from "../../test/harness/platforms.ts";
import { until } from "../../test/harness/until.ts";
import { migrateAll } from "../migrate.ts";
import { query } from "../servers/mariadb.ts";
import { startNats } from "../servers/nats.ts";
import { clock, dataDir, files, secrets } from "./configured.ts";
import { asText, type Finding, healthy, messageOf } from "./finding.ts";
import { nodeFinding } from "./installed.ts";
import { listen } from "./listen.ts";
import { reachable } from "./reachable.ts";
import { freshSecrets } from "./secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "live-commerce-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("fresh secrets", () => {
	test("are all that production demands", () => {
		expect(loadEnv({ NODE_ENV: "production", ...freshSecrets() }).production).toBe(true);
	});

	test("differ from time to time", () => {
		expect(freshSecrets()).not.toEqual(freshSecrets());
	});

	test("take the note about defaults away", () => {
		expect(secrets(loadEnv({})).detail).toContain("3 of 3");
		expect(secrets(loadEnv(freshSecrets())).state).toBe("ok");
	});
});

describe("findings", () => {
	const finding = (state: Finding["state"]): Finding => ({
		part: "installed",
		name: "thing",
		state,
		detail: "as it is"
	});

	test("only problems make it unhealthy", () => {
		expect(healthy([finding("ok"), finding("note")])).toBe(true);
		expect(healthy([finding("ok"), finding("problem")])).toBe(false);
	});

	test("the text counts the problems", () => {
		expect(asText([finding("ok")])).toContain("All is well.");
		expect(asText([finding("problem"), finding("problem")])).toContain("Problems: 2.");
		expect(asText([{ ...finding("note"), cure: "Mend it." }])).toContain("→ Mend it.");
	});

	test("an error without a message still says something", () => {
		const error = Object.assign(new Error(""), { code: "ECONNREFUSED" });
		expect(messageOf(error)).toBe("Error (ECONNREFUSED)");
		expect(messageOf(new Error("two\n  lines"))).toBe("two lines");
	});
});

test("an old Node is a problem", () => {
	expect(nodeFinding("v24.0.0").state).toBe("ok");
	expect(nodeFinding("v22.21.0").state).toBe("problem");
});

test("a clock before the time of our files is a problem", () => {
	expect(clock().state).toBe("ok");
	expect(clock(0).state).toBe("problem");
});

test("few open files are told, with what to set", () => {
	expect(files(65_536).state).toBe("ok");
	expect(files(0).state).toBe("ok");
	expect(files(1_024)).toMatchObject({ state: "note", cure: expect.stringContaining("ulimit") });
});

test("a data folder under a file cannot be made", () => {
	expect(dataDir({ dataDir: join(folder, "later/deep") }).state).toBe("ok");
	const file = join(folder, "file");
	writeFileSync(file, "");
	chmodSync(file, 0o400);
	expect(dataDir({ dataDir: join(file, "data") }).state).toBe("problem");
});

test("a taken port is told from a free one", async () => {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	const port = typeof address === "object" && address ? address.port : 0;
	expect(await listen("127.0.0.1", port)).toMatchObject({ code: "EADDRINUSE" });
	await new Promise((resolve) => server.close(resolve));
	expect(await listen("127.0.0.1", port)).toBeUndefined();
});

describe("servers", () => {
	const { natsUrl, redisUrl, mysqlUrl, mysqlReplicaUrl } = inject("servers");
	const ports = { PORT: "0", SANDBOX_PORT: "0", MEDIA_PORT: "0", RTMP_PORT: "0" };
	const look = async (variables: Record<string, string>) => {
		const findings = await reachable(loadEnv({ ...ports, ...variables }));
		// What is wrong comes with what to do, whatever it is.
		for (const { name, state, cure } of findings)
			if (state !== "ok") expect(cure, name).toBeTruthy();
		return Object.fromEntries(findings.map(({ name, ...finding }) => [name, finding]));
	};

	test.skipIf(!(natsUrl && redisUrl && mysqlUrl && mysqlReplicaUrl))("that answer", async () => {
		const found = await look({
			NATS_URL: natsUrl ?? "",
			REDIS_URL: redisUrl ?? "",
			MYSQL_URL: mysqlUrl ?? "",
			MYSQL_REPLICA_URL: mysqlReplicaUrl ?? ""
		});
		expect(found.NATS_URL?.detail).toContain("JetStream");
		expect(found.REDIS_URL?.state).toBe("ok");
		expect(found.MYSQL_URL?.state).toBe("ok");
		expect(found.MYSQL_REPLICA_URL?.state).toBe("ok");
		// Nobody has migrated here.
		expect(found.migrations).toMatchObject({ state: "problem", cure: "npm run migrate" });
		expect(found.streams).toMatchObject({ state: "problem", cure: "npm run migrate" });
		const swapped = await look({ MYSQL_URL: mysqlReplicaUrl ?? "" });
		expect(swapped.MYSQL_URL?.detail).toContain("read-only");
	});

	test.skipIf(!(natsUrl && redisUrl && mysqlReplicaUrl))("that hold what is needed", async () => {
		const name = `doctor_${randomBytes(4).toString("hex")}`;
		const { mysqlUrl: primary, mysqlReplicaUrl: copy } = await createDatabase(
			inject("servers"),
			name
		);
		const nats = await startNats(join(folder, "nats"));
		const variables = {
			...{ NATS_URL: nats.url, REDIS_URL: redisUrl ?? "" },
			...{ MYSQL_URL: primary, MYSQL_REPLICA_URL: copy }
		};
		try {
			await migrateAll(loadEnv({ ...ports, ...variables }));
			const found = await look(variables);
			expect(found.migrations?.state).toBe("ok");
			expect(found.streams).toMatchObject({ state: "ok" });
			expect(found.replica?.detail).toContain("nothing has run yet");
			const canary = (at: string) =>
				query(primary, `REPLACE INTO outbox_canary (id, sent_at) VALUES (1, ${at})`);
			await canary("NOW(3)");
			await until(async () => (await look(variables)).replica?.detail === "follows the primary");
			// The replica of another database knows nothing of it.
			await canary("NOW(3) + INTERVAL 1 HOUR");
			const other = { ...variables, MYSQL_REPLICA_URL: mysqlReplicaUrl ?? "" };
			expect((await look(other)).replica?.state).toBe("note");
			const connection = await connect({ servers: nats.url.replace("nats://", "") });
			const manager = await connection.jetstreamManager();
			const [first] = await manager.streams.list().next();
			await manager.streams.delete(first?.config.name ?? "");
			await connection.close();
			expect((await look(variables)).streams?.detail).toContain(first?.config.name);
		} finally {
			await nats.stop();
			await query(primary, `DROP DATABASE ${name}`);
		}
	});

	test("a sandbox elsewhere is asked, too", async () => {
		const url = "http://127.0.0.1:1";
		const found = await look({ SANDBOX_URL: url });
		expect(found.SANDBOX_URL?.state).toBe("problem");
		const server = createHttpServer((_, response) => response.end("{}"));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const { port } = server.address() as AddressInfo;
		expect((await look({ SANDBOX_URL: `http://127.0.0.1:${port}` })).SANDBOX_URL?.state).toBe("ok");
		server.close();
	});

	test("that do not answer are problems, and no password is shown", async () => {
		const found = await look({
			NATS_URL: "nats://u:secret@127.0.0.1:1",
			REDIS_URL: "redis://:secret@127.0.0.1:1",
			MYSQL_URL: "mysql://u:secret@127.0.0.1:1/x"
		});
		for (const name of ["NATS_URL", "REDIS_URL", "MYSQL_URL"]) {
			expect(found[name]?.state, name).toBe("problem");
		}
		expect(JSON.stringify(found)).not.toContain("secret");
	});
});
