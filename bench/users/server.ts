/**
 * The platform over HTTP, with or without its cache; writes its base URL as the first line:
 * `node server.ts cached|uncached <dataDir> [mysqlUrl]`.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startPlatform } from "../../scripts/start.ts";
import { benchEnv } from "../backends.ts";
import { withoutCache } from "./without-cache.ts";

const [kind, dataDir = "", mysqlUrl] = process.argv.slice(2);
// Two of them run side by side.
const ports = { MEDIA_PORT: "0", RTMP_PORT: "0", SANDBOX_PORT: "0" };
const database = mysqlUrl ? { MYSQL_URL: mysqlUrl } : {};
const broker = await startPlatform(benchEnv(dataDir, { DEMO: "0", ...ports, ...database }));
if (kind === "uncached") withoutCache(broker);
const { server } = broker.getLocalService("gateway") as unknown as { server: Server };
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
