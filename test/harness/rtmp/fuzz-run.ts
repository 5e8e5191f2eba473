/** The fuzzer against a media node that has a live room, for as long as asked. */
import { expect } from "vitest";
import { type Opened, storeBackends } from "../backends.ts";
import { until } from "../until.ts";
import { RtmpClient } from "./client.ts";
import { fuzzOnce, randomOf } from "./fuzz.ts";
import { startMedia } from "./media-node.ts";
import { watchHttp } from "./viewer.ts";

const encodersAtOnce = 8;
const bytesKeptMax = 32 * 1024 * 1024;

/** Throws where a room that is live suffers, or something stays behind. */
export async function fuzzFor(milliseconds: number, seed: number): Promise<number> {
	const opened: Opened = await (storeBackends[0] as (typeof storeBackends)[number]).open();
	// Short, because half of what a mad encoder sends leaves a connection that waits.
	const bounds = { handshakeMilliseconds: 500, silenceMilliseconds: 60_000 };
	const node = await startMedia({ env: opened.env, bounds });
	const host = new RtmpClient(node.rtmpPort);
	try {
		expect(await host.publish(node.rooms.keyFor("7"))).toBe(true);
		host.show("HOST");
		await until(async () => (await node.flvUrl("7")) !== "");
		const viewer = await watchHttp(node.signed("7"));
		const kept = process.memoryUsage().external;
		let runs = 0;
		const deadline = performance.now() + milliseconds;
		const encoder = async (number: number) => {
			const random = randomOf(seed + number);
			while (performance.now() < deadline) {
				const key = random() < 0.5 ? node.rooms.keyFor(String(100 + number)) : "7";
				await fuzzOnce(node.rtmpPort, random, key);
				runs += 1;
				host.show("HOST", { from: 10 * runs });
			}
		};
		await Promise.all(Array.from({ length: encodersAtOnce }, (_, number) => encoder(number)));
		host.show("AFTER", { from: 10 });
		await until(() => viewer.bytes().includes("AFTER"));
		expect(viewer.bytes().includes("EVIL"), "frames of another room").toBe(false);
		await until(() => node.connections() === 1);
		await until(() => process.memoryUsage().external - kept < bytesKeptMax);
		viewer.close();
		return runs;
	} finally {
		host.destroy();
		await node.stop();
		await opened.close();
	}
}
