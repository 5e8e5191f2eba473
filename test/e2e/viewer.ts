/** A viewer in a real browser: what they see in the video element, down to the pixels. */
import { clockPlace } from "../../scripts/demo-stream/clock.ts";
import { clockPoints, clockTime, secondsBehind } from "../../scripts/demo-stream/read-clock.ts";
import type { Browser, Visit, VisitOptions } from "../harness/browser.ts";
import { testPicture } from "../harness/encoder.ts";
import { until } from "../harness/until.ts";

/** What of a page is used from here; it runs over there. */
interface PageGlobals {
	readonly document: {
		querySelector(selector: "video"): PageVideo | null;
		createElement(name: "canvas"): PageCanvas;
	};
}
interface PageVideo {
	readonly readyState: number;
	readonly currentTime: number;
	readonly videoWidth: number;
	readonly videoHeight: number;
}
interface PageCanvas {
	width: number;
	height: number;
	getContext(kind: "2d"): {
		drawImage(video: PageVideo, x: number, y: number): void;
		getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
	};
}

export interface Glance {
	/** Where the video element is, in seconds. */
	readonly position: number;
	readonly width: number;
	readonly height: number;
	/** How long ago the picture was made, by its burned-in clock; undefined when it shows none. */
	readonly secondsBehind: number | undefined;
}

export interface Eyes {
	/** Undefined while there is no picture. */
	glance(): Promise<Glance | undefined>;
	/** Back when the picture has moved on by `seconds`, and shows the clock. */
	untilPlays(seconds?: number, timeoutMs?: number): Promise<Glance>;
}

export interface Viewer extends Visit, Eyes {
	untilSays(text: string, timeoutMs?: number): Promise<void>;
}

const points = clockPoints(clockPlace(testPicture.width, testPicture.height));

/** Opens a page of the platform. */
export async function watch(
	browser: Browser,
	url: string,
	options: VisitOptions = {}
): Promise<Viewer> {
	const visit = await browser.visit(options);
	const { page } = visit;
	await page.goto(url);
	return {
		...visit,
		...eyesOn(visit),
		async untilSays(text, timeoutMs = 30_000) {
			await until(async () => {
				if (await page.getByText(text).first().isVisible()) return true;
				throw new Error(`The page does not say "${text}". ${await described(visit)}`);
			}, timeoutMs);
		}
	};
}

/** Whoever looks at the video of a page. */
export function eyesOn(visit: Visit): Eyes {
	const glance = async (): Promise<Glance | undefined> => {
		const seen = await visit.page.evaluate(lookAtVideo, points);
		if (!seen) return undefined;
		const { lit, ...rest } = seen;
		const shown = clockTime(lit);
		return {
			...rest,
			secondsBehind: shown === undefined ? undefined : secondsBehind(shown, new Date())
		};
	};
	return {
		glance,
		async untilPlays(seconds = 2, timeoutMs = 30_000) {
			let first: Glance | undefined;
			let last: Glance | undefined;
			await until(async () => {
				last = await glance();
				// A player that loads again begins at another position.
				if (!first || !last || last.position < first.position) first = last;
				const moved = first && last ? last.position - first.position : 0;
				if (moved >= seconds && last?.secondsBehind !== undefined) return true;
				throw new Error(`The video shows ${JSON.stringify(last)}. ${await described(visit)}`);
			}, timeoutMs);
			return last as Glance;
		}
	};
}

/** What a person would tell who was looking at it. */
async function described({ page, problems }: Visit): Promise<string> {
	const words = String(await page.evaluate("document.body.innerText"))
		.replaceAll(/\s+/g, " ")
		.slice(0, 500);
	return `The page says: ${words}. Problems: ${problems.join("; ") || "none"}.`;
}

/** Runs in the page. */
function lookAtVideo(points: readonly (readonly [x: number, y: number])[]) {
	const { document } = globalThis as unknown as PageGlobals;
	const video = document.querySelector("video");
	if (!video || video.readyState < 2 || video.videoWidth === 0) return null;
	const canvas = document.createElement("canvas");
	canvas.width = video.videoWidth;
	canvas.height = video.videoHeight;
	const drawing = canvas.getContext("2d");
	drawing.drawImage(video, 0, 0);
	const lit = points.map(([x, y]) => {
		const { data } = drawing.getImageData(x, y, 1, 1);
		return ((data[0] ?? 0) + (data[1] ?? 0) + (data[2] ?? 0)) / 3 > 128;
	});
	return {
		position: video.currentTime,
		width: video.videoWidth,
		height: video.videoHeight,
		lit
	};
}
