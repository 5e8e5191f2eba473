import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openapiFile, openapiText } from "../scripts/openapi.ts";
import type { openapiOf } from "../services/gateway/gateway.openapi.ts";
import { sharedPlatforms } from "./harness/shared-platforms.ts";

type Document = ReturnType<typeof openapiOf>;

describe("docs/openapi.json", () => {
	it("is what the contracts say (npm run openapi)", () => {
		expect(readFileSync(openapiFile, "utf8")).toBe(openapiText());
	});
});

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`OpenAPI of ${platform.name}`, () => {
		it("is served from the live registry: every route of every contract is there", async () => {
			for (const edge of platform.edges) {
				const answer = await fetch(`${edge}/openapi.json`);
				expect(answer.status).toBe(200);
				const live = (await answer.json()) as Document;
				const written = JSON.parse(openapiText()) as Document;
				expect(live).toEqual(written);
			}
		});

		it("is an action too, below /api", async () => {
			const answer = await fetch(`${platform.edges[0]}/api/openapi.json`);
			const document = (await answer.json()) as Document;
			expect(document.paths["/api/openapi.json"]?.get).toMatchObject({
				operationId: "gateway.openapi"
			});
		});
	});
}
