/** Faults that strike in the middle of a transaction, and what callers see. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { openSql, type Queryable, type Sql, type Transaction, tableOptions } from "./index.ts";

const mariadb = sqlBackends.find(({ name }) => name === "mariadb");

describe.skipIf(!mariadb?.available)("faults on mariadb", () => {
	let opened: Opened;
	let sql: Sql;

	beforeEach(async () => {
		opened = (await mariadb?.open()) as Opened;
		sql = openSql(opened.env);
		await sql.execute(
			`CREATE TABLE accounts (
				id BIGINT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL
			) ${tableOptions(sql)}`
		);
		await sql.execute("INSERT INTO accounts VALUES (1, 0), (2, 0)");
	});
	afterEach(async () => {
		await sql?.close();
		await opened?.close();
	});

	const add = (tx: Transaction, id: number) =>
		tx.execute("UPDATE accounts SET balance = balance + 1 WHERE id = ?", [id]);
	const balances = async () =>
		(await sql.query("SELECT balance FROM accounts ORDER BY id")).map(({ balance }) => balance);

	/** Takes `first`, waits until the other has its own, then wants the other's. */
	function crossing() {
		const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
		const attempts: number[] = [];
		const run = (first: 1 | 2, swallow: boolean) =>
			sql.transaction(async (tx) => {
				attempts.push(first);
				await add(tx, first);
				met[first - 1]?.resolve();
				await met[2 - first]?.promise;
				const second = add(tx, 3 - first);
				await (swallow ? second.catch(() => undefined) : second);
				// After a swallowed deadlock this must not be committed by itself.
				await add(tx, first);
			});
		return { run, attempts };
	}

	test.each([false, true])(
		"a deadlock runs the work again (error swallowed: %s)",
		async (swallow) => {
			const { run, attempts } = crossing();
			await Promise.all([run(1, swallow), run(2, swallow)]);
			expect(attempts.length).toBe(3);
			expect(await balances()).toEqual([3, 3]);
		}
	);

	/** A wire to the server that the test can cut. */
	async function wire(): Promise<{ url: string; server: Server; onText: Map<string, Cut> }> {
		const onText = new Map<string, Cut>();
		const target = new URL(opened.env.mysqlUrl ?? "");
		const [port, host] = [Number(target.port), target.hostname];
		const server = createServer((client) => {
			const upstream = connect(port, host);
			for (const socket of [client, upstream]) socket.on("error", () => undefined);
			upstream.pipe(client);
			client.on("data", (data) => {
				for (const [text, cut] of onText) {
					if (!data.toString("latin1").endsWith(text)) continue;
					onText.delete(text);
					if (cut === "after") upstream.write(data, () => drop(client, upstream));
					else drop(client, upstream);
					return;
				}
				upstream.write(data);
			});
			client.on("close", () => upstream.end());
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		target.port = String((server.address() as AddressInfo).port);
		return { url: target.href, server, onText };
	}
	type Cut = "before" | "after";
	const drop = (client: Socket, upstream: Socket) => {
		upstream.unpipe(client);
		client.destroy();
		upstream.end();
	};

	test("a connection lost before the commit: nothing was kept, the work runs again", async () => {
		const { url, server, onText } = await wire();
		const wired = openSql({ ...opened.env, mysqlUrl: url });
		onText.set("WHERE id = 1", "after");
		let attempts = 0;
		await wired.transaction(async (tx) => {
			attempts += 1;
			await add(tx, 1);
			await add(tx, 2);
		});
		expect(attempts).toBe(2);
		expect(await balances()).toEqual([1, 1]);
		await wired.close();
		server.close();
	});

	test.each<[Cut, number]>([
		["after", 1],
		["before", 0]
	])("a connection lost %s the commit arrived: outcome unknown, run once", async (cut, kept) => {
		const { url, server, onText } = await wire();
		const wired = openSql({ ...opened.env, mysqlUrl: url });
		onText.set("COMMIT", cut);
		let attempts = 0;
		const lost = wired.transaction(async (tx) => {
			attempts += 1;
			await add(tx, 1);
		});
		await expect(lost).rejects.toMatchObject({ type: "COMMIT_OUTCOME_UNKNOWN", code: 503 });
		expect(attempts).toBe(1);
		await expect.poll(balances).toEqual([kept, 0]);
		await wired.transaction((tx) => add(tx, 2));
		expect(await balances()).toEqual([kept, 1]);
		await wired.close();
		server.close();
	});

	test("a server that is gone: UNAVAILABLE, not an error of the driver", async () => {
		const { url, server } = await wire();
		server.close();
		const gone = openSql({ ...opened.env, mysqlUrl: url });
		await expect(gone.query("SELECT 1")).rejects.toMatchObject({ type: "UNAVAILABLE" });
		const transaction = gone.transaction(async () => undefined);
		await expect(transaction).rejects.toMatchObject({ type: "UNAVAILABLE" });
		await gone.close();
	});

	test("a replica that is gone: the primary answers", async () => {
		const { url, server } = await wire();
		server.close();
		const lame = openSql({ ...opened.env, mysqlReplicaUrl: url });
		expect(await lame.replica.query("SELECT id FROM accounts ORDER BY id")).toHaveLength(2);
		await lame.close();
	});

	test("a replica serves sql.replica alone; all else is on the primary", async () => {
		const both = (await mariadb?.open({ replica: true })) as Opened;
		const two = openSql(both.env);
		const where = async (db: Queryable) => (await db.query("SELECT @@read_only AS ro"))[0]?.ro;
		expect(await Promise.all([two, two, two.replica].map(where))).toEqual([0, 0, 1]);
		expect(await two.transaction(where)).toBe(0);
		await two.execute("CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY)");
		await expect
			.poll(() => two.replica.query("SELECT id FROM things"), { timeout: 5000 })
			.toEqual([]);
		const write = two.replica.execute("INSERT INTO things VALUES (1)");
		await expect(write).rejects.toThrow("read-only");
		await two.close();
		await both.close();
	});
});
