/**
 * Where pages are tried that break nothing: on the platform of all tests that has most nodes, as
 * they are the same on each. What nodes between them can change of it is proved in both shapes, by
 * the road (`road.test.ts`) and the integration tests.
 */
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import type { Place, Shape } from "./stage.ts";

/** The cluster where there are servers for it. */
export function widest(): Shape<Place> {
	const platform = sharedPlatforms().findLast(({ available }) => available);
	if (!platform) throw new Error("No platform runs.");
	const { name, available, edges } = platform;
	// It runs for others too, and ends with the last test.
	return { name, available, start: async () => ({ edges, stop: async () => {} }) };
}
