/** Once per run: starts the servers and platforms that a test file of this run asks for. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { removeLater } from "../../scripts/servers/guard.ts";
import { startNats } from "../../scripts/servers/nats.ts";
import { startRedis } from "../../scripts/servers/redis.ts";
import { createDatabase, startCluster, startEmbedded } from "./platforms.ts";
import { reaches } from "./reaches.ts";
import { type ServerUrls, startServers } from "./servers.ts";
import type { PlatformUrls } from "./shared-platforms.ts";

// Whoever wants one says so by this call, in the test or in a module that it imports.
const wantsServers = /\binject\("servers"\)/;
const wantsPlatforms = /\binject\("platforms"\)/;

type Stop = () => Promise<void>;

export async function setup(project: TestProject): Promise<Stop> {
	const files = await testFilesOf(project);
	const stops: Stop[] = [];
	const platforms = reaches(files, wantsPlatforms);
	let urls: ServerUrls = {};
	if (platforms || reaches(files, wantsServers)) {
		const servers = await startServers();
		stops.push(servers.stop);
		urls = servers.urls;
	}
	project.provide("servers", urls);
	project.provide("platforms", platforms ? await startPlatforms(urls, stops) : {});
	return async () => {
		for (const stop of stops.reverse()) await stop();
	};
}

/** The files of this run: those that the words on the command line choose. */
async function testFilesOf({ vitest }: TestProject): Promise<string[]> {
	// In watch mode any file may come later, so the words are not looked at.
	const words = vitest.config.watch ? undefined : (vitest as Filtered).filenamePattern;
	const specifications = await vitest.globTestSpecifications(words);
	return specifications.map((specification) => specification.moduleId);
}

interface Filtered {
	readonly filenamePattern?: string[];
}

async function startPlatforms(urls: ServerUrls, stops: Stop[]): Promise<PlatformUrls> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-platforms-"));
	removeLater(folder);
	stops.push(async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
	const embedded = await startEmbedded(join(folder, "embedded"));
	stops.push(embedded.stop);
	if (!urls.natsUrl || !urls.redisUrl || !urls.mysqlReplicaUrl) {
		return { embedded: embedded.edges };
	}
	// A bus and a Redis of its own: near tests publish on theirs what nodes would take for real.
	const nats = await startNats(join(folder, "nats"));
	const redis = await startRedis(join(folder, "redis"));
	stops.push(nats.stop.bind(nats), redis.stop.bind(redis));
	const database = await createDatabase(urls, `platform_${randomBytes(4).toString("hex")}`);
	const cluster = await startCluster({
		folder: join(folder, "cluster"),
		servers: { natsUrl: nats.url, redisUrl: redis.url, ...database }
	});
	stops.push(cluster.stop);
	return { embedded: embedded.edges, cluster: cluster.edges };
}
