/** A platform with a browser beside it, for a suite that may break it; it cleans up by itself. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Picture } from "../../scripts/demo-stream/picture.ts";
import { type Browser, startBrowser, type VisitOptions } from "../harness/browser.ts";
import { type Encoder, type PublishAddress, startEncoder } from "../harness/encoder.ts";
import type { RunningPlatform } from "../harness/platforms.ts";
import type { Show } from "./show.ts";
import type { Shape } from "./stage.ts";
import { type Viewer, watch } from "./viewer.ts";

export interface Theatre {
	readonly platform: RunningPlatform;
	/** Where hosts come in; viewers come in by another node, where there are two. */
	readonly edge: string;
	/** An encoder, ended with the test. */
	push(address: PublishAddress, picture?: Picture): Encoder;
	/** A page in a profile of its own, closed with the test. */
	visit(path: string, options?: VisitOptions): Promise<Viewer>;
	/** The page of a room. */
	open(show: Show, options?: VisitOptions): Promise<Viewer>;
	/** Keeps a picture of the page in `test-results/`. */
	keep(viewer: Viewer, what: string): Promise<string>;
}

/** Call inside `describe`; what it returns is there once the tests run. */
export function theatreOf(shape: Shape, startMs: number): Theatre {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-e2e-"));
	const encoders: Encoder[] = [];
	const viewers: Viewer[] = [];
	let platform: RunningPlatform | undefined;
	let browser: Browser | undefined;

	beforeAll(async () => {
		platform = await shape.start(folder);
		browser = await startBrowser();
	}, startMs);
	afterEach(async () => {
		await Promise.all(viewers.splice(0).map((viewer) => viewer.close()));
		await Promise.all(encoders.splice(0).map((encoder) => encoder.kill()));
	});
	afterAll(async () => {
		await browser?.close();
		await platform?.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}, startMs);

	const visit = async (path: string, options?: VisitOptions): Promise<Viewer> => {
		const viewer = await watch(browser as Browser, `${platform?.edges.at(-1)}${path}`, options);
		viewers.push(viewer);
		return viewer;
	};
	return {
		get platform() {
			return platform as RunningPlatform;
		},
		get edge() {
			return platform?.edges[0] ?? "";
		},
		push: (address, picture) => {
			const encoder = startEncoder(address, picture);
			encoders.push(encoder);
			return encoder;
		},
		visit,
		open: (show, options) => visit(`/rooms/${show.roomId}`, options),
		keep: (viewer, what) => viewer.screenshot(`first-light-${shape.name}-${what}`)
	};
}
