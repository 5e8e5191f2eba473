import type { Env } from "../../config/env.ts";
import { benchEnv } from "../backends.ts";

/** A node of the cluster. Nothing here opens a database or Redis: nobody listens there. */
export const remoteEnv = (natsUrl: string, dataDir: string): Env =>
	benchEnv(dataDir, {
		NATS_URL: natsUrl,
		MYSQL_URL: "mysql://127.0.0.1:1/none",
		REDIS_URL: "redis://127.0.0.1:1"
	});
