/**
 * How long viewers wait: for the first key frame from the node, for the first picture in Chromium,
 * and behind live, by the clock that the encoder burns into the picture. On the whole platform in
 * one process; needs ffmpeg and Chromium. There is no peer: these are figures of one machine.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openShow, type Show } from "../test/e2e/show.ts";
import { watch } from "../test/e2e/viewer.ts";
import { type Browser, startBrowser } from "../test/harness/browser.ts";
import { startEncoder } from "../test/harness/encoder.ts";
import { startEmbedded } from "../test/harness/platforms.ts";
import { tools } from "../test/harness/tools.ts";
import { bench, say } from "./harness.ts";

/** Milliseconds from the request to the first key frame that holds a picture. */
async function firstKeyframe(show: Show): Promise<number> {
	const sources = (await show.sources()) as { type: string; url: string }[];
	const { hostname, port, pathname, search } = new URL(
		sources.find(({ type }) => type === "flv")?.url ?? ""
	);
	const socket = connect(Number(port), hostname);
	await once(socket, "connect");
	const started = performance.now();
	socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
	let got = Buffer.alloc(0);
	for await (const chunk of socket) {
		got = Buffer.concat([got, chunk as Buffer]);
		if (holdsKeyframe(got)) return performance.now() - started;
	}
	throw new Error("The stream ended without a key frame.");
}

/** FLV: a tag of type 9 (video) whose body begins with 0x17 (key frame, AVC) 0x01 (pictures). */
function holdsKeyframe(answer: Buffer): boolean {
	const start = answer.indexOf("FLV");
	if (start < 0) return false;
	const [header, tagHeader, previousSize] = [13, 11, 4];
	let at = start + header;
	while (at + tagHeader <= answer.length) {
		const size = answer.readUIntBE(at + 1, 3);
		const end = at + tagHeader + size;
		if (end > answer.length) return false;
		const isPicture = answer[at + tagHeader] === 0x17 && answer[at + tagHeader + 1] === 1;
		if (answer[at] === 9 && isPicture) return true;
		at = end + previousSize;
	}
	return false;
}

/** Runs in the page, from its beginning: a promise of when the video has its first picture. */
const noteFirstPicture = `globalThis.firstPicture = new Promise((resolve) => {
	document.addEventListener("loadeddata", () => resolve(performance.now()), true);
});`;

/** Milliseconds from the page's question for play addresses to the first picture of the video. */
async function firstPicture(browser: Browser, url: string): Promise<number> {
	const { page, close } = await browser.visit();
	try {
		await page.addInitScript(noteFirstPicture);
		await page.goto(url);
		const shownAt = Number(await page.evaluate("globalThis.firstPicture"));
		const askedAt = `performance.getEntriesByType("resource")
			.find(({ name }) => name.endsWith("/playback")).startTime`;
		return shownAt - Number(await page.evaluate(askedAt));
	} finally {
		await close();
	}
}

/** Opens the room's page, lets it play, and answers with a way to read how far behind it is. */
async function secondsBehindIn(browser: Browser, url: string): Promise<() => Promise<number>> {
	const viewer = await watch(browser, url);
	await viewer.untilPlays(4);
	return async () => (await viewer.untilPlays(0.5)).secondsBehind ?? Number.NaN;
}

async function measureAll(folder: string): Promise<void> {
	const platform = await startEmbedded(folder);
	const browser = await startBrowser();
	const [edge = ""] = platform.edges;
	const show = await openShow(edge, "Delay");
	const encoder = startEncoder(await show.newKey());
	const url = `${edge}/rooms/${show.roomId}`;
	try {
		await show.until({ onAir: true });
		await bench("media-delay", async (_, measure) => {
			const node = { what: "first key frame, from the node", unit: "ms", times: 20, reach: 10 };
			await measure({ ...node, take: () => firstKeyframe(show) });
			const page = { what: "first picture in Chromium", unit: "ms", times: 5, reach: 600 };
			await measure({ ...page, take: () => firstPicture(browser, url) });
			const live = { what: "behind live in Chromium", unit: "s", times: 10, reach: 1 };
			await measure({ ...live, take: await secondsBehindIn(browser, url) });
		});
	} finally {
		await encoder.kill();
		await browser.close();
		await platform.stop();
	}
}

if (tools.ffmpeg && tools.chromium) {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-bench-"));
	await measureAll(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
} else say("media-delay: skipped, ffmpeg or Chromium is not installed: npm run setup:servers");
process.exit();
