/**
 * Messages over sockets beside plain socket.io with its Redis adapter, which numbers, keeps and
 * acknowledges nothing: CPU of all nodes together per delivered line in a room of 300 on two nodes,
 * and per private message with 2 and 4 nodes. Clients are the same for both, in this process.
 */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { SignJWT } from "jose";
import { accessTokenForm } from "../lib/access-token.ts";
import { migrate } from "../mixins/sql/migrations.ts";
import { mariaDbCommand, startMariaDbPair } from "../scripts/servers/mariadb.ts";
import { natsCommand, startNats } from "../scripts/servers/nats.ts";
import { redisCommand, startRedis } from "../scripts/servers/redis.ts";
import { benchEnv, inFolder } from "./backends.ts";
import { bench, type Compare, say } from "./harness.ts";
import { directSide } from "./im/direct.ts";
import { type NodeSetup, type Nodes, startNodes } from "./im/nodes.ts";
import { type Person, percentile, roomSide } from "./im/room.ts";

type Setup = Omit<NodeSetup, "nodeId">;

const readers = 300;
const peerName = "socket.io and @socket.io/redis-adapter";

async function everybody(): Promise<{ people: Person[]; publicKey: object }> {
	const { algorithm, audience, issuer, type } = accessTokenForm;
	const { publicKey, privateKey } = generateKeyPairSync("ed25519");
	const header = { alg: algorithm, kid: "bench", typ: type };
	const people: Person[] = [];
	for (let number = 1; number <= readers; number += 1) {
		const userId = String(1_000 + number);
		const claims = new SignJWT({ sid: userId }).setProtectedHeader(header).setIssuer(issuer);
		claims.setAudience(audience).setSubject(userId).setIssuedAt().setExpirationTime("2h");
		people.push({ userId, token: await claims.sign(privateKey) });
	}
	const { x } = publicKey.export({ format: "jwk" });
	return { people, publicKey: { kid: "bench", kty: "OKP", crv: "Ed25519", x } };
}

async function besides(
	count: number,
	setup: Setup,
	work: (ours: Nodes, peer: Nodes) => Promise<void>
): Promise<void> {
	const ours = await startNodes("platform", count, setup);
	try {
		const peer = await startNodes("socket.io", count, setup);
		try {
			await work(ours, peer);
		} finally {
			await peer.stop();
		}
	} finally {
		await ours.stop();
	}
}

const inRoom = (setup: Setup, people: Person[], compare: Compare): Promise<void> =>
	besides(2, setup, async (ourNodes, peerNodes) => {
		const ours = await roomSide(ourNodes, people, "ready");
		const peer = await roomSide(peerNodes, people, "connect");
		for (const linesPerSecond of [50, 200, 500]) {
			const seen = { ours: { ages: [] as number[] }, peer: { ages: [] as number[] } };
			await compare({
				what: `${linesPerSecond} lines/s to ${readers} readers on 2 nodes`,
				unit: "µs CPU per delivered line",
				ours: ours.at(linesPerSecond, seen.ours),
				peer: peer.at(linesPerSecond, seen.peer),
				peerName,
				...(linesPerSecond === 500 ? { atMost: 0.15 } : {}),
				besides: () => ({
					"ours p50 ms": percentile(seen.ours.ages, 0.5),
					"ours p99 ms": percentile(seen.ours.ages, 0.99),
					"peer p50 ms": percentile(seen.peer.ages, 0.5),
					"peer p99 ms": percentile(seen.peer.ages, 0.99)
				})
			});
		}
		for (const side of [ours, peer]) side.close();
	});

const inPrivate = (count: number, setup: Setup, people: Person[], compare: Compare) =>
	besides(count, setup, async (ourNodes, peerNodes) => {
		const ours = await directSide(ourNodes, people, "ready");
		const peer = await directSide(peerNodes, people, "connect");
		for (const perSecond of [1_000, 2_000]) {
			await compare({
				what: `private messages, ${count} nodes, routing alone, ${perSecond}/s`,
				unit: "µs CPU per message",
				ours: ours.at("hint", perSecond),
				peer: peer.at("hint", perSecond),
				peerName,
				atMost: 1
			});
		}
		await compare({
			what: `private messages, ${count} nodes, with inbox in SQL, pending list and ack, 1000/s`,
			unit: "µs CPU per message",
			ours: ours.at("kept", 1_000),
			peer: peer.at("kept", 1_000),
			peerName: `${peerName}, which has none of these`,
			atMost: 2
		});
		for (const side of [ours, peer]) side.close();
	});

async function onServers(work: (urls: Omit<Setup, "publicKey">) => Promise<void>): Promise<void> {
	await inFolder(async (folder) => {
		const running: { stop(): Promise<void> }[] = [];
		try {
			const nats = await startNats(join(folder, "nats"));
			running.push(nats);
			const redis = await startRedis(join(folder, "redis"));
			running.push(redis);
			const pair = await startMariaDbPair({ dataDir: join(folder, "mariadb"), database: "bench" });
			running.push(pair);
			const dataDir = join(folder, "data");
			const mysqlUrl = pair.primary.url;
			await migrate(benchEnv(dataDir, { MYSQL_URL: mysqlUrl }));
			await work({ dataDir, mysqlUrl, natsUrl: nats.url, redisUrl: redis.url });
		} finally {
			for (const server of running.reverse()) await server.stop();
		}
	});
}

await bench("im", async (compare) => {
	if (!natsCommand() || !redisCommand() || !mariaDbCommand()) {
		say("  It needs nats-server, redis-server and MariaDB: npm run setup:servers");
		return;
	}
	const { people, publicKey } = await everybody();
	await onServers(async (urls) => {
		const setup = { ...urls, publicKey };
		await inRoom(setup, people, compare);
		for (const count of [2, 4]) await inPrivate(count, setup, people, compare);
	});
});
