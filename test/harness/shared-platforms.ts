/**
 * The platforms that run once for the whole test run, so that one suite proves both shapes:
 *
 * ```ts
 * for (const platform of sharedPlatforms()) {
 * 	describe.skipIf(!platform.available)(`sign-in on ${platform.name}`, () => { … });
 * }
 * ```
 *
 * A suite makes its own people and leaves those of others alone; what breaks things starts a
 * platform of its own (`platforms.ts`).
 */
import { inject } from "vitest";

/** `http://127.0.0.1:port` of each edge node; absent where the servers are not installed. */
export interface PlatformUrls {
	readonly embedded?: readonly string[];
	readonly cluster?: readonly string[];
}

declare module "vitest" {
	interface ProvidedContext {
		platforms: PlatformUrls;
	}
}

export interface SharedPlatform {
	readonly name: "embedded" | "cluster";
	readonly available: boolean;
	readonly edges: readonly string[];
}

export function sharedPlatforms(): SharedPlatform[] {
	const urls = inject("platforms");
	return (["embedded", "cluster"] as const).map((name) => ({
		name,
		available: urls[name] !== undefined,
		edges: urls[name] ?? []
	}));
}
