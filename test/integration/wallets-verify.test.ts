/** `npm run ledger:verify` finds what was changed behind the ledger's back; the REPL shows it. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { join, type Sql, type Transaction } from "../../mixins/sql/index.ts";
import { reportOf } from "../../scripts/ledger-verify.ts";
import { sessionOf } from "../../scripts/repl/command.ts";
import { transferCommand } from "../../scripts/repl/transfer.ts";
import { walletCommand } from "../../scripts/repl/wallet.ts";
import { keyOf } from "../../services/wallets/wallets.rules.ts";
import wallets from "../../services/wallets/wallets.service.ts";
import { hold, postHold, postTransfers } from "../../services/wallets/wallets.tx.ts";
import { type Fault, verifyLedger } from "../../services/wallets/wallets.verify.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { fakeTags } from "../harness/fake-tags.ts";

const viewer = { userId: "1001", kind: "coins" } as const;
const host = { userId: "1002", kind: "income" } as const;
const platform = { system: "platform", currency: "COIN" } as const;
const viewerId = keyOf(viewer).id;
const hostId = keyOf(host).id;

const fakeUsers = {
	name: "users",
	actions: {
		findByUsername: {
			auth: "internal",
			handler: ({ params }: { params: { username: string } }) => ({
				...{ username: params.username, userId: params.username === "lily" ? "1001" : null }
			})
		} as never
	}
};

/** Four gifts, a hold that is pending and one that was posted. */
async function live(sql: Sql): Promise<void> {
	const [granted] = await sql.transaction((tx) =>
		postTransfers(tx, [
			{
				...{ intent: "grant:1", kind: "grant", reference: "1" },
				legs: [
					{ account: viewer, amount: 100 },
					{ account: platform, amount: -100 }
				]
			},
			...[1, 2, 3, 4].map((number) => ({
				...{ intent: `gift:${number}`, kind: "gift", reference: String(number) },
				legs: [
					{ account: viewer, amount: -10 },
					{ account: host, amount: 6 },
					{ account: platform, amount: 4 }
				]
			}))
		])
	);
	expect(granted).toMatchObject({ outcome: "posted" });
	for (const order of ["1", "2"]) {
		const held = await sql.transaction((tx) =>
			hold(tx, {
				...{ intent: `order:${order}`, kind: "order", reference: order },
				...{ account: viewer, amount: 20, expiresAt: new Date(Date.now() + 600_000) }
			})
		);
		if (order === "1" || !("holdId" in held)) continue;
		const posted = await sql.transaction((tx) =>
			postHold(tx, {
				holdId: held.holdId,
				transfer: {
					...{ intent: "order:2", kind: "order", reference: "2" },
					legs: [
						{ account: viewer, amount: -15 },
						{ account: platform, amount: 15 }
					]
				}
			})
		);
		expect(posted.outcome).toBe("posted");
	}
}

/** What somebody with the database's password may do, and what is found first. */
const crimes: readonly (readonly [name: string, statements: readonly string[], found: object])[] = [
	[
		"a balance",
		[`UPDATE wallets_accounts SET balance = balance + 5 WHERE id = ${viewerId}`],
		{ reason: "balance", place: String(viewerId) }
	],
	[
		"two balances whose sum stays",
		[
			`UPDATE wallets_accounts SET balance = balance + 5 WHERE id = ${viewerId}`,
			`UPDATE wallets_accounts SET balance = balance - 5 WHERE id = ${hostId}`
		],
		{ reason: "balance", place: String(viewerId) }
	],
	[
		"an entry, with all balances after it",
		[
			`UPDATE wallets_entries SET amount = amount + 5
				WHERE account_id = ${viewerId} AND sequence = 2`,
			`UPDATE wallets_entries SET balance_after = balance_after + 5
				WHERE account_id = ${viewerId} AND sequence >= 2`,
			`UPDATE wallets_accounts SET balance = balance + 5 WHERE id = ${viewerId}`
		],
		{ reason: "entry", place: `${viewerId}:2` }
	],
	[
		"an entry that is gone",
		[`DELETE FROM wallets_entries WHERE account_id = ${viewerId} AND sequence = 3`],
		{ reason: "missing", place: `${viewerId}:3` }
	],
	[
		"the last entry that is gone, with its balance",
		[
			`DELETE FROM wallets_entries WHERE account_id = ${hostId} AND sequence = 4`,
			`UPDATE wallets_accounts SET balance = balance - 6, version = 3 WHERE id = ${hostId}`
		],
		{ reason: "balance", place: String(hostId) }
	],
	[
		"a transfer that is gone",
		[`DELETE FROM wallets_transfers WHERE intent = 'gift:2'`],
		{ reason: "entry", place: `${viewerId}:3` }
	],
	[
		"what a transfer was for",
		[`UPDATE wallets_transfers SET reference = '77' WHERE intent = 'gift:2'`],
		{ reason: "transfer" }
	],
	[
		"the intent of a transfer, so that it could be posted again",
		[`UPDATE wallets_transfers SET intent = 'gift:other' WHERE intent = 'gift:2'`],
		{ reason: "entry", place: `${viewerId}:3` }
	],
	[
		"the time of a transfer",
		[`UPDATE wallets_transfers SET at = '2020-01-01 00:00:00.000' WHERE intent = 'gift:1'`],
		{ reason: "entry", place: `${viewerId}:2` }
	],
	[
		"an entry added at the end",
		[
			`INSERT INTO wallets_entries
				(account_id, sequence, transfer_id, amount, balance_after, hash)
				SELECT ${hostId}, 5, 'none', 6, 30, 'none'`
		],
		{ reason: "surplus", place: String(hostId) }
	],
	[
		"an account that is gone",
		[`DELETE FROM wallets_accounts WHERE id = ${hostId}`],
		{ reason: "transfer" }
	],
	[
		"the owner of an account",
		[`UPDATE wallets_accounts SET owner = 1009 WHERE id = ${viewerId}`],
		{ reason: "account", place: String(viewerId) }
	],
	[
		"held coins that no hold knows of",
		[`UPDATE wallets_accounts SET held = 0 WHERE id = ${viewerId}`],
		{ reason: "held", place: String(viewerId) }
	],
	[
		"a hold that was resolved by hand",
		[`UPDATE wallets_holds SET state = 'void' WHERE intent = 'order:1'`],
		{ reason: "held", place: String(viewerId) }
	],
	[
		"a hold posted by another transfer",
		[
			`UPDATE wallets_holds SET state = 'posted', transfer_id = 'none' WHERE intent = 'order:1'`,
			`UPDATE wallets_accounts SET held = 0 WHERE id = ${viewerId}`
		],
		{ reason: "hold" }
	]
];

describe.each(sqlBackends)("a ledger that was tampered with on $name", (backend) => {
	let opened: Opened;
	let broker: ServiceBroker;
	let sql: Sql;

	beforeAll(async () => {
		if (!backend.available) return;
		opened = await backend.open();
		const services = [wallets, fakeUsers, fakeTags({})];
		broker = await startBroker({ env: opened.env, services, migrate: true });
		({ sql } = join(broker));
		await live(sql);
	});
	afterAll(async () => {
		await broker?.stop();
		await sql?.close();
		await opened?.close();
	});

	/** Does it in a transaction that leaves nothing behind, and tells what is found meanwhile. */
	async function faultsAfter(work: (tx: Transaction) => Promise<unknown>) {
		const undo = new Error("Nothing of this is kept.");
		let faults: readonly Fault[] = [];
		const undone = sql.transaction(async (tx) => {
			await work(tx);
			({ faults } = await verifyLedger(tx));
			throw undo;
		});
		await expect(undone).rejects.toBe(undo);
		return faults;
	}

	it.skipIf(!backend.available)("is whole before", async () => {
		const found = await verifyLedger(sql);
		expect(found).toEqual({ accounts: 3, entries: 16, transfers: 6, holds: 2, faults: [] });
		expect(reportOf(found)).toBe(
			"The ledger is whole: 3 accounts, 16 entries, 6 transfers, 2 holds."
		);
	});

	it.skipIf(!backend.available).each(crimes)("shows %s", async (_, statements, found) => {
		const faults = await faultsAfter(async (tx) => {
			for (const statement of statements) {
				const { affectedRows } = await tx.execute(statement);
				expect(affectedRows).toBeGreaterThan(0);
			}
		});
		expect(faults[0]).toMatchObject(found);
		expect(reportOf({ accounts: 1, entries: 1, transfers: 1, holds: 1, faults })).toContain("NOT");
	});

	it.skipIf(!backend.available)("shows what was applied twice though all sums hold", async () => {
		const again = {
			...{ intent: "gift-again:1", kind: "gift", reference: "1" },
			legs: [
				{ account: viewer, amount: -10 },
				{ account: host, amount: 6 },
				{ account: platform, amount: 4 }
			]
		};
		const faults = await faultsAfter((tx) => postTransfers(tx, [again]));
		expect(faults).toEqual([{ reason: "double", place: "gift 1", found: "2" }]);
	});

	it.skipIf(!backend.available)("cannot hold the entries of a transfer twice", async () => {
		const transfer = "(SELECT id FROM wallets_transfers WHERE intent = 'gift:1')";
		const columns = "account_id, sequence, transfer_id, amount, balance_after, hash";
		const twice = sql.execute(
			`INSERT INTO wallets_entries (${columns}) SELECT ${hostId}, 5, ${transfer}, 6, 30, 'none'`
		);
		await expect(twice).rejects.toThrow(/unique|duplicate/i);
	});

	it.skipIf(!backend.available)("can be looked into from the REPL", async () => {
		const session = sessionOf(broker);
		const shown = await walletCommand.run(session, { who: "lily" });
		expect(shown).toContain("user 1001: balance 45, held 20, income 0");
		expect(shown).toMatch(/coins 6 +-15 +45 +order +2 /);
		expect(shown).toMatch(/ 20 +pending +order 1 /);
		expect(await walletCommand.run(session, { who: "1002" })).toContain("income 24");
		expect(await walletCommand.run(session, { who: "nobody" })).toBe("Nobody is called nobody.");
		const transfer = await transferCommand.run(session, { id: "gift:3" });
		expect(transfer).toMatch(/^transfer \S+: gift 3, \S+, intent gift:3\n/);
		expect(transfer).toMatch(/income of user 1002 +COIN +6 +18 +3/);
		const [, id = ""] = /^transfer (\S+):/.exec(transfer) ?? [];
		expect(await transferCommand.run(session, { id })).toBe(transfer);
		expect(await transferCommand.run(session, { id: "none" })).toContain("No transfer");
	});
});

const script = fileURLToPath(new URL("../../scripts/ledger-verify.ts", import.meta.url));

describe("npm run ledger:verify", () => {
	it("ends with 0 when the ledger is whole, 1 when it is not, 2 when it cannot look", async () => {
		const [sqlite] = sqlBackends;
		if (!sqlite) throw new Error("SQLite is always there.");
		const opened = await sqlite.open();
		const run = (folder: string) =>
			spawnSync(process.execPath, [script], {
				env: { PATH: process.env.PATH, DATA_DIR: folder },
				encoding: "utf8"
			});
		expect(run(opened.env.dataDir).status).toBe(2);
		const broker = await startBroker({
			...{ env: opened.env, services: [wallets, fakeTags({})], migrate: true }
		});
		const { sql } = join(broker);
		await live(sql);
		const whole = run(opened.env.dataDir);
		expect(whole).toMatchObject({ status: 0, stdout: expect.stringContaining("is whole") });
		await sql.execute("UPDATE wallets_accounts SET frozen = 1, balance = 46 WHERE balance = 45");
		const broken = run(opened.env.dataDir);
		expect(broken).toMatchObject({ status: 1, stdout: expect.stringContaining("balance: 2002") });
		await broker.stop();
		await sql.close();
		await opened.close();
	});
});
