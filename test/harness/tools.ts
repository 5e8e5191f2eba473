/**
 * Programs of this machine for the suites that need them, as `inject("servers")` is for servers:
 *
 * ```ts
 * describe.skipIf(!tools.ffmpeg)("a pushed stream", () => { … });
 * ```
 */
import { pathOf } from "../../scripts/servers/programs.ts";

/** Where each lies; undefined when it is not installed: the suite is then skipped by name. */
export const tools: Readonly<Record<"ffmpeg" | "chromium", string | undefined>> = {
	ffmpeg: pathOf("ffmpeg"),
	chromium: pathOf("chromium")
};
