/**
 * The platform over HTTP on MariaDB with flash sales and people who are signed in; writes the file
 * that says where as the first line: `node server.ts <dataDir> <mysqlUrl>`.
 */
import { writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ServiceBroker } from "moleculer";
import { openSql } from "../../mixins/sql/index.ts";
import { startPlatform } from "../../scripts/start.ts";
import type { Keyring } from "../../services/auth/auth.keyring.ts";
import { issueAccessToken } from "../../services/auth/auth.tokens.ts";
import { benchEnv } from "../backends.ts";
import type { SaleSetup } from "./load.ts";
import { gatesOf, makeSale } from "./sales.ts";

/** So many that nobody meets the limit of purchases per user. */
const people = 4_000;
const firstPerson = 100_000;
const units = 60_000;
const [openSale, soldOutSale] = ["900001", "900002"];

/** Signs people in without their passwords, whose hashes would take minutes. */
async function tokens(broker: ServiceBroker): Promise<string[]> {
	const { keyring } = broker.getLocalService("auth") as unknown as { keyring: Keyring };
	const now = new Date();
	const key = await keyring.current(now);
	const all: string[] = [];
	for (let number = 0; number < people; number++) {
		const userId = String(firstPerson + number);
		all.push(await issueAccessToken({ userId, sessionId: userId, now }, key));
	}
	return all;
}

const [dataDir = "", mysqlUrl = ""] = process.argv.slice(2);
const ports = { MEDIA_PORT: "0", RTMP_PORT: "0", SANDBOX_PORT: "0" };
const env = benchEnv(join(dataDir, "platform"), { DEMO: "0", MYSQL_URL: mysqlUrl, ...ports });
const broker = await startPlatform(env);
const db = openSql(env);
await makeSale(db, openSale, units);
await makeSale(db, soldOutSale, 1);
await gatesOf(broker, [openSale, soldOutSale]);
await broker.call(
	"flash-sales.buy",
	{ id: soldOutSale, quantity: 1 },
	{ meta: { user: { id: "99", sessionId: "1" } }, headers: { "idempotency-key": "last" } }
);
await db.close();
const { server } = broker.getLocalService("gateway") as unknown as { server: Server };
const setup: SaleSetup = {
	url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
	...{ openSale, soldOutSale },
	tokens: await tokens(broker)
};
const file = join(dataDir, "flash-sale.json");
writeFileSync(file, JSON.stringify(setup));
console.log(file);
